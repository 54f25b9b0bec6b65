"""CHOOSE: candidates for one lesion, the way in, and how each candidate fares.

It proposes and appraises; it never picks.
"""
