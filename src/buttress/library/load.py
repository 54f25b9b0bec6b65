"""Take things off the shelf: TOML files of this folder into checked records."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from buttress.records.device import Bone, Cement, Device, ModulusLaw
from buttress.records.document import Document
from buttress.records.strength import HIP_CASES, BoneStrength, HipLoad, LoadCase

D = TypeVar("D", bound=Document)


def shelf() -> Traversable:
    """The folder of the library."""
    return resources.files("buttress.library")


def load_table(path: str) -> dict[str, Any]:
    """One TOML file of the library as plain data; ``path`` is relative to the library's folder."""
    return tomllib.loads(shelf().joinpath(path).read_text("utf-8"))


def load_folder(folder: str) -> dict[str, dict[str, Any]]:
    """All TOML files of a folder, by file name without ending, in alphabetical order."""
    files = sorted(f.name for f in shelf().joinpath(folder).iterdir() if f.name.endswith(".toml"))
    return {name.removesuffix(".toml"): load_table(f"{folder}/{name}") for name in files}


def _by_key(kind: type[D], rows: Mapping[str, Mapping[str, Any]]) -> Mapping[str, D]:
    return {key: kind.model_validate({"key": key, **row}) for key, row in rows.items()}


@lru_cache(maxsize=1)
def load_bones() -> Mapping[str, Bone]:
    """Every bone buttress knows, by key (``bones.toml``)."""
    return _by_key(Bone, load_table("bones.toml"))


@lru_cache(maxsize=1)
def load_devices() -> Mapping[str, Device]:
    """Every ablation device with published zones, by key (``devices/*.toml``)."""
    return _by_key(Device, load_folder("devices"))


@lru_cache(maxsize=1)
def load_cements() -> Mapping[str, Cement]:
    """Bone cements, by key (``cements/*.toml``)."""
    return _by_key(Cement, load_folder("cements"))


@lru_cache(maxsize=1)
def load_modulus_laws() -> Mapping[str, ModulusLaw]:
    """Density to modulus laws, by key (``tissues/modulus_laws.toml``)."""
    return _by_key(ModulusLaw, load_table("tissues/modulus_laws.toml"))


@lru_cache(maxsize=1)
def load_bone_strength() -> BoneStrength:
    """What anchors the stiffness of bone and where it yields (``tissues/bone_strength.toml``)."""
    return BoneStrength.model_validate(load_table("tissues/bone_strength.toml"))


@lru_cache(maxsize=1)
def load_hip_loads() -> Mapping[LoadCase, HipLoad]:
    """Peak forces on the head of the femur, by load case (``loads/hip.toml``)."""
    found = {key: HipLoad.model_validate(row) for key, row in load_table("loads/hip.toml").items()}
    return {case: found[case] for case in HIP_CASES if case in found}


@lru_cache(maxsize=1)
def library_sha256() -> str:
    """Hash over every TOML file of the library (examples left out), names included."""
    digest = hashlib.sha256()
    for path in sorted(_toml_paths(shelf(), "")):
        digest.update(path.encode() + b"\0" + shelf().joinpath(path).read_bytes() + b"\0")
    return digest.hexdigest()


def _toml_paths(folder: Traversable, prefix: str) -> list[str]:
    found: list[str] = []
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in ("examples", "__pycache__"):
            found += _toml_paths(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".toml"):
            found.append(prefix + entry.name)
    return found
