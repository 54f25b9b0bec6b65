"""``simulate``, ``bench-device``, ``device`` and ``verify`` as their user meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from buttress.ablate.ladder import climb as ladder
from buttress.app.jobs import plan_job
from buttress.app.sources import load_input
from buttress.exchange.device_file import read_device
from buttress.exchange.documents import read_review
from buttress.library.load import load_devices
from buttress.numerics.rung import relative

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled tibia, planned once."""
    folder = tmp_path_factory.mktemp("tibia")
    plan_job(load_input("tibia"), folder, lambda step: None, pdf=False)
    return folder


def test_a_review_is_simulated_reported_again_and_gives_the_same_bytes(run: Run, planned: Path, tmp_path: Path) -> None:
    asked = ("--device", "cryoprobe_2_4mm", "--schedule", "freeze 120", "--ensemble", "1", "--no-pdf")
    folders = [tmp_path / name for name in ("one", "two", "again")]
    for folder in folders[:2]:
        code, out, err = run("simulate", str(planned), *asked, "-o", str(folder))
        assert code in (0, 1)
        assert "Not validated in bone" in out
        assert "simulating the planned ablation" in err
    review = read_review(folders[0] / "review.json")
    [one] = review.simulations
    assert (one.plan_id, one.device, one.ensemble) == ("tibia-shaft-ablation", "cryoprobe_2_4mm", 1)
    assert {file.role for file in review.voxels} >= {"zone", "extreme"}
    for name in ("review.json", "tibia-shaft-ablation-zone.nii.gz", "tibia-shaft-ablation-extreme.nii.gz"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    code, _, _ = run("report", str(folders[0]), "-o", str(folders[2]), "--no-pdf")
    assert code in (0, 1)
    assert read_review(folders[2] / "review.json").simulations == review.simulations


def test_a_plan_or_device_that_is_not_there_is_named_with_those_that_are(
    run: Run, planned: Path, tmp_path: Path
) -> None:
    code, _, err = run("simulate", str(planned), "--plan", "nobody", "-o", str(tmp_path / "a"))
    assert (code, "tibia-shaft-ablation" in err) == (2, True)
    code, _, err = run("simulate", str(planned), "--device", "nothing", "-o", str(tmp_path / "b"))
    assert (code, "cryoprobe_2_4mm" in err) == (2, True)
    code, _, err = run("simulate", str(planned), "--schedule", "boil 3", "-o", str(tmp_path / "c"))
    assert (code, "freeze" in err) == (2, True)
    assert not (tmp_path / "a").exists()


def test_a_case_without_images_cannot_be_simulated(run: Run, tmp_path: Path) -> None:
    code, _, err = run("simulate", "case-1", "-o", str(tmp_path / "x"))
    assert (code, "no CT" in err) == (2, True)


def test_a_device_on_the_bench_prints_its_zones_beside_the_published_ones(run: Run) -> None:
    code, out, _ = run("bench-device", "cryoprobe_2_4mm", "--schedule", "freeze 120", "--voxel-mm", "3")
    assert code == 0
    assert "below 0 °C" in out
    assert "published: one probe" in out
    code, out, _ = run(
        "bench-device", "emprint_microwave", "--medium", "bone", "--schedule", "heat 60 at 60 W", "--json"
    )
    found = json.loads(out)
    volumes = {row["key"]: row["size"]["volume_ml"] for row in found["zones"]}
    assert volumes["dose"] > volumes["sixty"] > 0.0
    assert found["given_j"] == pytest.approx(0.384 * 60.0 * 60.0, rel=0.05)  # the antenna's efficiency times its power


def test_a_device_without_data_refuses_and_says_what_is_missing(run: Run) -> None:
    code, _, err = run("bench-device", "bipolar_rf")
    assert (code, "pole lengths" in err) == (2, True)
    code, _, err = run("bench-device", "cryoprobe_2_4mm", "--probes", "3")
    assert (code, "spacing" in err) == (2, True)


def test_devices_are_listed_and_shown_with_their_sources(run: Run) -> None:
    code, out, _ = run("device", "list")
    assert code == 0
    assert all(key in out for key in load_devices())
    code, out, _ = run("device", "show", "cryoprobe_2_4mm")
    assert "fitted to" in out
    assert "littrup2009" in out
    code, _, err = run("device", "show", "nobody")
    assert (code, "cryoprobe_2_4mm" in err) == (2, True)


def test_a_device_is_fitted_to_its_chart_and_written_with_what_was_fitted(run: Run, tmp_path: Path) -> None:
    text = Path("src/buttress/library/devices/cryoprobe_2_4mm.toml").read_text("utf-8")
    head, *zones = text.split("[[zones]]")
    mine = tmp_path / "mine.toml"  # one setting of the chart is enough here
    mine.write_text("[[zones]]".join([head, zones[0]]).replace("value = 1290", "value = 900"), "utf-8")
    code, out, _ = run("device", "calibrate", str(mine), "-o", str(tmp_path / "fitted.toml"))
    assert code == 0
    assert "(fitted)" in out
    device, written = read_device(tmp_path / "fitted.toml")
    assert device.applicator is not None
    assert 1000.0 < device.applicator.film_w_m2k.value < 1700.0  # type: ignore[union-attr]
    assert written.splitlines()[0] == text.splitlines()[0]  # comments stay
    code, _, err = run("device", "calibrate", str(mine), "-o", str(mine))
    assert (code, "exists already" in err) == (2, True)


def test_verify_prints_every_rung_and_fails_when_one_does(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run("verify", "--only", "V9", "--only", "v13")
    assert code == 0
    assert "flux through layers" in out
    code, out, _ = run("verify", "--only", "V9", "--json")
    assert json.loads(out)["rungs"][0]["passed"] is True
    monkeypatch.setitem(ladder.LADDER, "V9", (lambda: iter([relative("V9", "made up", "", 1.0, 2.0, 0.1)]),))
    code, out, _ = run("verify", "--only", "V9")
    assert (code, "FAIL" in out) == (1, True)
    code, _, err = run("verify", "--only", "V99")
    assert (code, "V16" in err) == (2, True)
