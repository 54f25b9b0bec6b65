"""The example cases that travel with the package: folders with a case file and its provenance.

Two carry a real CT with a drawn lesion and its truth; the paper's four cases (``case-1`` to ``case-4``) have no images.
"""

from __future__ import annotations

from importlib.resources.abc import Traversable

from buttress.library.load import shelf


def example_names() -> tuple[str, ...]:
    """Names of the packaged examples, in alphabetical order."""
    folders = [f for f in shelf().joinpath("examples").iterdir() if f.is_dir() and f.joinpath("case.toml").is_file()]
    return tuple(sorted(f.name for f in folders))


def examples_with_images() -> tuple[str, ...]:
    """Names of the packaged examples that carry a CT, in alphabetical order."""
    return tuple(name for name in example_names() if example_folder(name).joinpath("ct.nii.gz").is_file())


def example_folder(name: str) -> Traversable:
    """The folder of one example. Raises ``KeyError``, naming those there are, for a name that is not among them."""
    if name not in example_names():
        raise KeyError(f"no example {name!r}; there are: {', '.join(example_names())}")
    return shelf().joinpath("examples", name)
