"""ParOSol, the strongest open peer, on a lattice saved by ``benchmarks/elasticity.py --peer``: run by its own Python.

``PYTHON benchmarks/parosol_peer.py moduli.npy tolerance``; that Python needs ``parosol-py`` (GPL: never a dependency of
buttress, and never imported by it). Prints wall seconds and the solver's own last lines.
"""

from __future__ import annotations

import sys
import tempfile
import time

import numpy as np
from parosol_py.api import solve  # type: ignore[import-not-found]

modulus = np.load(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    start = time.perf_counter()
    found = solve(
        material=modulus,
        spacing=(1.0, 1.0, 1.0),
        array_order="xyz",
        test_axis="x",
        strain=-0.01,
        tolerance=float(sys.argv[2]),
        outputs=(),
        work_dir=folder,
    )
    print(f"wall {time.perf_counter() - start:.2f} s")
    print({name: value for name, value in vars(found.summary).items() if isinstance(value, int | float | tuple)})
