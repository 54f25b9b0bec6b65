"""HOLD: how much rigidity the lesion has cost, and how much cement its cavity would take.

Ratios against the same bone virtually healed, by composite beam theory. Verified against closed forms, not validated.
"""
