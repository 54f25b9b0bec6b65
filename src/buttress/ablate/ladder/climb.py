"""All rungs in order, each with the parameters it is climbed with; any others can be asked of the functions."""

from __future__ import annotations

from functools import partial

from buttress.ablate.ladder import conduction, current, death_and_cement, freezing
from buttress.library.load_damage import load_curing, load_damage
from buttress.numerics.rung import Rungs

LADDER: dict[str, tuple[Rungs, ...]] = {
    "V1": (conduction.slab,),
    "V2": (conduction.half_space, partial(conduction.half_space, 60.0, 1.0), conduction.decay,
           partial(conduction.decay, 12.0)),
    "V3": (conduction.point_source, conduction.line_source, partial(conduction.line_source, off_centre=0.0),
           conduction.heated_ball),
    "V4": (freezing.planar_front, partial(freezing.planar_front, 60.0)),
    "V5": (*(partial(freezing.line_sink, sink) for sink in (200.0, 500.0, 800.0)),
           partial(freezing.line_sink, 500.0, 2.0)),
    "V6": (*(partial(freezing.held_needle, tilt, radius, 2.0) for tilt in (0.0, 20.0, 45.0) for radius in (0.75, 1.2)),
           partial(freezing.held_needle, 20.0, 0.75, 1.0), partial(freezing.held_needle, 45.0, 0.75, 1.0)),
    "V7": (conduction.energy,),
    "V8": (freezing.cycle,),
    "V9": (conduction.layers,),
    "V10": (current.ball, partial(current.ball, 2.0), current.needle, partial(current.needle, 0.0, 1.2)),
    "V11": (current.two_balls, partial(current.two_balls, 5.0, 20.0), current.two_cylinders),
    "V12": (partial(current.ball, 5.0),),
    "V13": (*(partial(death_and_cement.damage, law) for law in load_damage().arrhenius), death_and_cement.dose),
    "V14": tuple(partial(death_and_cement.curing, key) for key in load_curing().kinetics),
    "V15": (freezing.plain_solver,),
    "V16": (freezing.mesh,),
}  # fmt: skip
"""By the name of the check in the project's own list of equations to verify."""
