"""Single elements of a DICOM data set, taken with care: what is absent, malformed or not a code counts as absent."""

from __future__ import annotations

import re
import warnings
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

_CODE = re.compile(r"[0-9A-Za-z._]{1,64}")
_LARGEST = 1e9


def value_of(dataset: Dataset, name: str) -> Any:
    """An element's value; conversion happens on access and may fail in any way, which counts as absent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return dataset.get(name)
        except (Exception, RecursionError):
            return None


def text_of(dataset: Dataset, name: str) -> str:
    """A text, its parts joined by a backslash; "" where there is none."""
    value = value_of(dataset, name)
    if value is None:
        return ""
    try:
        return "\\".join(str(part) for part in value) if not isinstance(value, str) else str(value)
    except Exception:  # not iterable, or parts that cannot be written
        return ""


def code_of(dataset: Dataset, name: str) -> str:
    """A UID or a code; "" where it is not written as one, so that no other text can reach a message."""
    text = text_of(dataset, name).strip()
    return text if _CODE.fullmatch(text) else ""


def whole_of(dataset: Dataset, name: str) -> int | None:
    """A whole number."""
    value = value_of(dataset, name)
    try:
        return int(value) if value is not None else None
    except (TypeError, ValueError, OverflowError):
        return None


def numbers_of(dataset: Dataset, name: str, count: int) -> tuple[float, ...] | None:
    """Exactly ``count`` numbers, all finite and below 1e9; else ``None``."""
    value = value_of(dataset, name)
    try:
        parts = [value] if isinstance(value, int | float | str) else list(value or ())
        numbers = tuple(float(part) for part in parts)
    except (TypeError, ValueError, OverflowError):
        return None
    finite = all(abs(number) < _LARGEST for number in numbers)
    return numbers if len(numbers) == count and finite else None


def items_of(dataset: Dataset, name: str) -> tuple[Dataset, ...]:
    """The items of a sequence; none where it is no sequence."""
    value = value_of(dataset, name)
    return tuple(value) if isinstance(value, Sequence) else ()


def item_of(dataset: Dataset, name: str) -> Dataset:
    """The first item of a sequence; an empty data set where there is none."""
    return next(iter(items_of(dataset, name)), Dataset())
