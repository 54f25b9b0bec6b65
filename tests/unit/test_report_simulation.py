"""What page and pictures show of a simulated ablation: warnings, ranges, what was not spared, sides."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.app.jobs import demo_job
from buttress.exchange.documents import read_review
from buttress.exchange.images import read_imaging
from buttress.numerics.grid import Grid
from buttress.records.findings import Measure
from buttress.records.image import Imaging, Mask, Volume
from buttress.records.review import Review
from buttress.records.simulation import (
    AblationSimulation,
    CementReadiness,
    CoverageMoment,
    CriterionOutcome,
    SimulatedVoxels,
    StructureOutcome,
    TemperatureHistogram,
)
from buttress.report.bibliography import Citations
from buttress.report.blocks import Block
from buttress.report.figures import render_pictures
from buttress.report.html import render_html
from buttress.report.outline import outline
from buttress.report.simulated_sections import simulation_blocks, simulation_line


def measure(value: float, unit: str) -> Measure:
    return Measure(value=value, low=0.9 * value, high=1.1 * value, unit=unit, method="made up")


def simulation(plan_id: str = "a-ablation", lesion_id: str = "a") -> AblationSimulation:
    criterion = CriterionOutcome(
        key="minus_40",
        title="below −40 °C",
        is_default=True,
        volume_ml=measure(12.0, "ml"),
        coverage_fraction=measure(0.8, ""),
        covered_with_margin_fraction=measure(0.5, ""),
        margin_mm=measure(2.0, "mm"),
        margin_chances=((0.0, 0.9), (5.0, 0.25)),
    )
    nerve = StructureOutcome(
        name="sciatic nerve",
        kind="nerve",
        coldest_c=Measure(value=-4.0, low=-8.0, high=2.0, unit="°C", method="made up"),
        hottest_c=measure(37.0, "°C"),
        is_spared=False,
        band_c=(10.0, 45.0),
    )
    course = tuple(
        CoverageMoment(
            time_s=60.0 * n, phase="freeze" if n < 6 else "thaw", zone_ml=float(n), coverage_fraction=0.1 * n,
            coldest_c=-10.0 * n, hottest_c=37.0 - n,
        )
        for n in range(1, 9)
    )  # fmt: skip
    return AblationSimulation(
        plan_id=plan_id,
        lesion_id=lesion_id,
        modality="cryoablation",
        device="cryoprobe_2_4mm",
        title="argon cryoprobes",
        schedule="freeze 600",
        probes=1,
        quality="preview",
        spacing_mm=2.0,
        wanted_margin_mm=5.0,
        status="finished",
        outcome="finished",
        criteria=(criterion,),
        structures=(nerve,),
        histograms=(TemperatureHistogram(of="tumour", of_cold=True, edges_c=(-80.0, 0.0, 40.0), fraction=(0, 0.5, 1)),),
        course=course,
        cement=CementReadiness(
            coldest_c=-5.0, median_c=1.0, is_too_cold=True, slower_than_warm=6.0, sentence="still too cold for cement"
        ),
        ensemble=20,
        ensemble_spacing_mm=2.0,
        warnings=("IMPLANT: metal lies 4 mm from the lesion.", "Something smaller."),
        validity="Not validated in bone: made up.",
        limits=("Nothing here is real.",),
        evidence=(),
    )


def words(blocks: list[Block]) -> str:
    return str(blocks)


def test_warnings_stand_first_and_what_is_not_spared_is_bad() -> None:
    blocks = list(simulation_blocks(simulation(), None, (), Citations(())))
    told = words(blocks)
    assert told.index("IMPLANT") < told.index("below −40 °C") < told.index("sciatic nerve")
    assert "text='NOT SPARED', note='', tone='bad'" in told
    assert "Not validated in bone" in told
    assert "0 mm or more in 90%" in told
    assert "5 mm or more in 25%" in told
    assert "still too cold for cement" in told


def test_every_number_stands_with_its_range() -> None:
    told = words(list(simulation_blocks(simulation(), None, (), Citations(()))))
    assert "'80 %', note='(72 to 88)'" in told
    assert "−8 to 2" in told
    alone = simulation().model_copy(update={"ensemble": 0})
    assert "no ensemble was run" in words(list(simulation_blocks(alone, None, (), Citations(()))))


def test_the_line_of_the_first_page_names_what_is_not_spared() -> None:
    line = simulation_line(simulation())
    assert "NOT SPARED: sciatic nerve" in line.text
    assert line.tone == "bad"
    assert "not validated in bone" in line.note


def test_what_was_stopped_says_so() -> None:
    stopped = simulation().model_copy(update={"status": "cancelled", "outcome": "Stopped on request after 90 s."})
    assert "CANCELLED: Stopped on request" in words(list(simulation_blocks(stopped, None, (), Citations(()))))


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Review, Imaging]:
    folder = tmp_path_factory.mktemp("tibia")
    demo_job("tibia", folder, lambda step: None, pdf=False)
    review = read_review(folder / "review.json")
    return review, read_imaging(review.case, folder / "case")


def test_a_review_without_simulations_says_how_to_run_one(planned: tuple[Review, Imaging]) -> None:
    review, _ = planned
    assert "buttress simulate" in str(outline(review, ()))


def test_pictures_are_drawn_of_the_plan_alone_and_the_same_twice(planned: tuple[Review, Imaging]) -> None:
    review, imaging = planned
    one = simulation("tibia-shaft-ablation", "tibia-shaft")
    review = review.model_copy(update={"simulations": (one,)})
    centre = np.array(review.findings.lesions[0].centre_mm)
    grid = Grid.aligned((41, 41, 41), 2.0, centre - 40.0)
    x, y, z = np.moveaxis(np.stack(np.meshgrid(*[np.arange(41)] * 3, indexing="ij"), axis=-1) - 20, -1, 0)
    away = np.sqrt(x**2 + y**2 + z**2) * 2.0
    extreme = np.clip(-80.0 + 6.0 * away, -80.0, 37.0).astype(np.float32)
    voxels = {one.plan_id: SimulatedVoxels("tibia-shaft", Mask(grid, extreme < -40.0), Volume(grid, extreme, "c"))}
    ct = imaging.ct
    near = ct.grid.to_mm(np.stack(np.meshgrid(*map(np.arange, ct.grid.shape), indexing="ij"), axis=-1)) - centre
    lesions = {"tibia-shaft": Mask(ct.grid, np.linalg.norm(near, axis=-1) < 10.0)}
    shown = Imaging(ct=ct, lesions=lesions)
    first, second = (render_pictures(review, shown, None, voxels) for _ in range(2))
    drawn = {p.key: p for p in first if "-simulated-" in p.key}
    assert [k.rpartition("-simulated-")[2] for k in drawn] == ["along-probe", "axial", "course", "histograms"]
    assert all(a.png == b.png for a, b in zip(first, second, strict=True))
    assert "Left edge R, right edge L" in drawn["tibia-shaft-ablation-simulated-axial"].alt
    page = render_html(review, first)
    assert page.count("Simulated ablation of tibia-shaft-ablation") >= 1
    assert "NOT SPARED" in page
