"""The example cases that travel with the package: folders with a case file, its images, truth and provenance."""

from __future__ import annotations

from importlib.resources.abc import Traversable

from buttress.library.load import shelf


def example_names() -> tuple[str, ...]:
    """Names of the packaged examples, in alphabetical order."""
    folders = [f for f in shelf().joinpath("examples").iterdir() if f.is_dir() and f.joinpath("case.toml").is_file()]
    return tuple(sorted(f.name for f in folders))


def example_folder(name: str) -> Traversable:
    """The folder of one example. Raises ``KeyError``, naming those there are, for a name that is not among them."""
    if name not in example_names():
        raise KeyError(f"no example {name!r}; there are: {', '.join(example_names())}")
    return shelf().joinpath("examples", name)
