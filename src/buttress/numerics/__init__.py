"""ARITHMETIC: grids, resampling, distances, curves and sections.

This room has never heard of a patient. It imports no other room and is checked against closed forms.
"""
