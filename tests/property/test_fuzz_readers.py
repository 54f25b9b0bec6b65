"""Whatever is damaged in a file of any format: the reader answers with a sound volume or with a refusal in words.

A few hundred files here; ``make fuzz`` reads thousands, in processes with bounds on time and memory.
"""

from __future__ import annotations

import shutil
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buttress.exchange.dicom.codestream import announced_size
from buttress.exchange.nifti import read_nifti_volume
from buttress.exchange.nrrd import read_nrrd_volume
from buttress.records.document import ButtressError
from buttress.records.image import Volume
from damaged_files import FORMS, STARTS_A_PROCESS
from dicom_phantom import leg
from fuzz_readers import read_damaged
from mask_phantom import grid, nrrd

FILES = {name: 2 if name in STARTS_A_PROCESS else 18 for name in FORMS}
OUTCOMES = {"refused", "unharmed", "another volume"}


def test_about_three_hundred_files_are_damaged_here() -> None:
    assert 280 <= sum(FILES.values()) <= 320


@pytest.mark.parametrize("name", FORMS)
def test_a_damaged_file_is_refused_in_words_or_gives_a_sound_volume(tmp_path: Path, name: str) -> None:
    whole, folder = tmp_path / "whole", tmp_path / "damaged"
    whole.mkdir()
    FORMS[name].write(whole)
    shutil.copytree(whole, folder)
    truth = FORMS[name].read(whole)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom, while the tool writes what is damaged
        outcomes = {read_damaged(name, number, 1, whole, folder, truth) for number in range(FILES[name])}
    assert outcomes <= OUTCOMES


def is_sound(read: Callable[[], tuple[Volume, tuple[str, ...]]]) -> bool:
    """Whether a reader gave finite numbers, or a refusal with a remedy."""
    try:
        volume, _ = read()
    except ButtressError as error:
        return bool(error.remedy)
    return bool(np.isfinite(volume.values).all())


NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.sampled_from(["", "none", "()", "(,,)", "(1,2)", "1 2 3", "(1,0,0) (0,1,0) (0,0,1)", "\x00", "é"]),
)
FIELDS = ("type", "dimension", "space", "sizes", "space directions", "kinds", "endian", "encoding", "space origin")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from((*FIELDS, "byte skip", "data file", "space units")), value=NUMBERS)
def test_any_value_of_any_nrrd_field_is_refused_or_read(tmp_path: Path, field: str, value: str) -> None:
    path = tmp_path / "ct.nrrd"
    path.write_bytes(nrrd(leg(), grid().affine, encoding="raw", fields={field: value}))
    assert is_sound(lambda: read_nrrd_volume(path))


NIFTI_FIELDS = {40: "h", 42: "h", 44: "h", 48: "h", 70: "h", 72: "h", 76: "f", 80: "f", 88: "f", 108: "f", 112: "f"}
NIFTI_FIELDS |= {116: "f", 123: "b", 252: "h", 254: "h", 256: "f", 268: "f", 280: "f", 292: "f", 320: "f", 344: "b"}
AFTER = {"h": st.integers(-(2**15), 2**15 - 1), "b": st.integers(-128, 127), "f": st.floats(width=32)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), place=st.sampled_from(sorted(NIFTI_FIELDS)))
def test_any_value_of_any_nifti_field_is_refused_or_read(tmp_path: Path, data: st.DataObject, place: int) -> None:
    FORMS["NIfTI"].write(tmp_path)
    content = bytearray((tmp_path / "ct.nii").read_bytes())
    packed = struct.pack("<" + NIFTI_FIELDS[place], data.draw(AFTER[NIFTI_FIELDS[place]]))
    content[place : place + len(packed)] = packed
    (tmp_path / "ct.nii").write_bytes(content)
    assert is_sound(lambda: read_nifti_volume(tmp_path / "ct.nii"))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_the_announced_size_of_any_bytes_is_found_or_not_but_never_fails(content: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff", b"\xff\x4f\xff\x51"):
        found = announced_size(start + content)
        assert found is None or found.bits >= 0
