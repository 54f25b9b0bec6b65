"""One compressed image becomes numbers, by whichever of the installed decoders knows its syntax."""

from __future__ import annotations

import warnings
from typing import Any

import gdcm
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, JPEGExtended12Bit

_ONE_GREY_IMAGE = {
    "number_of_frames": 1,
    "samples_per_pixel": 1,
    "photometric_interpretation": "MONOCHROME2",
    "pixel_keyword": "PixelData",
}


def unpack(codestream: bytes, options: dict[str, Any]) -> bytes:
    """One image as little-endian numbers, row by row; no bytes where the decoders refuse it.

    ``options``: ``syntax`` (transfer syntax UID), ``rows``, ``columns``, ``bits_allocated``, ``bits_stored``,
    ``pixel_representation``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            values = _twelve_bits(codestream, options) if _is_twelve_bits(options) else _decoded(codestream, options)
        except (Exception, RecursionError):  # decoders promise no list of errors
            return b""
    if values.shape != (options["rows"], options["columns"]):
        return b""
    kind = "i" if options["pixel_representation"] else "u"
    return values.astype(f"<{kind}{options['bits_allocated'] // 8}").tobytes()


def _decoded(codestream: bytes, options: dict[str, Any]) -> NDArray[np.generic]:
    sizes: dict[str, Any] = {name: value for name, value in options.items() if name != "syntax"} | _ONE_GREY_IMAGE
    values, _ = get_decoder(UID(options["syntax"])).as_array(encapsulate([codestream]), raw=True, **sizes)
    return values


def _is_twelve_bits(options: dict[str, Any]) -> bool:
    return bool(options["syntax"] == JPEGExtended12Bit and options["bits_stored"] > 8)


def _twelve_bits(codestream: bytes, options: dict[str, Any]) -> NDArray[np.generic]:
    """JPEG Extended of 12 bits, which pydicom hands to no decoder: GDCM unpacks it when told of 12 bits, not of 16."""
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(codestream)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((options["columns"], options["rows"], 1))
    image.SetDataElement(element)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGExtendedProcess2_4))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, 12, 11, options["pixel_representation"]))
    stored = image.GetBuffer().encode("utf-8", "surrogateescape")  # GDCM hands its char* over as a text
    return np.frombuffer(stored, dtype="<u2").reshape(options["rows"], options["columns"])
