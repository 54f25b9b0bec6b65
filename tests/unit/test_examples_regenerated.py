"""Does the generator still make the packaged tibia from the real CT?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from make_examples import EXAMPLES, make_tibia, read_volume


def test_the_tibia_example_is_made_again_voxel_by_voxel_from_the_shared_ct(shared_data: Path, tmp_path: Path) -> None:
    make_tibia(shared_data, tmp_path)
    packaged = EXAMPLES / "tibia"
    again, kept = (read_volume(folder / "ct.nii.gz") for folder in (tmp_path, packaged))
    assert again.grid.is_close(kept.grid)
    # another processor may round the last bit of a float otherwise: 1 HU, in few voxels
    assert np.abs(again.values - kept.values).max() <= 1
    assert (again.values != kept.values).mean() < 1e-4
    masks = [read_volume(folder / "lesion.nii.gz").values for folder in (tmp_path, packaged)]
    assert (masks[0] != masks[1]).sum() <= 2
    sheets = [json.loads((folder / "truth.json").read_text("utf-8")) for folder in (tmp_path, packaged)]
    assert sheets[0]["specification"] == sheets[1]["specification"]
    assert abs(sheets[0]["truth"]["volume_ml"] - sheets[1]["truth"]["volume_ml"]) < 0.001
