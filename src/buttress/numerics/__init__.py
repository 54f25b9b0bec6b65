"""ARITHMETIC: grids, resampling, distances, curves and sections, heat and current.

This room has never heard of a patient. It imports no other room and is checked against closed forms.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
"""Threads that wait for others sleep: those that spin make two threads ten times slower than one beside a busy
neighbour. OpenMP reads it when numba first runs in parallel; who has set it already is obeyed."""
