"""The atlas of landmarks: where nerves and vessels run beside a bone, and what its joints are called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from buttress.library.load import load_table
from buttress.records.landmark import Landmark


@lru_cache(maxsize=1)
def load_landmarks() -> tuple[Landmark, ...]:
    """Every landmark, in the file's order (``landmarks.toml``)."""
    return tuple(Landmark.model_validate(row) for row in load_table("landmarks.toml")["landmark"])


@lru_cache(maxsize=1)
def load_joint_names() -> Mapping[str, Mapping[str, str]]:
    """Names of the joints of a bone by the side on which the cleft lies: ``{"femur": {"superior": "hip joint"}}``."""
    names: Mapping[str, Mapping[str, str]] = load_table("landmarks.toml")["joints"]
    return names


def landmarks_of(bone: str) -> tuple[Landmark, ...]:
    """Landmarks of one bone, by its key."""
    return tuple(mark for mark in load_landmarks() if bone in mark.bones)
