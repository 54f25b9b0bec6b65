"""ARITHMETIC: grids, resampling, distances, curves and sections, heat and current.

This room has never heard of a patient. It imports no other room and is checked against closed forms.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "2000")
"""Threads that wait for others soon sleep: those that spin make two threads ten times slower than one beside a busy
neighbour. OpenMP reads both when numba first runs in parallel; what has been set already is obeyed."""
