"""WHOLE JOBS: the main job as one pure function that reads like the paper.

Measure, judge, propose, draw the zone, appraise. No reading and no writing: voxels and documents come in, records go
out.
"""
