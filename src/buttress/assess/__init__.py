"""JUDGE: facts to scores, considerations, and techniques with reasons for and against.

Rules are data in the library; one small evaluator answers YES, NO or CANNOT_TELL. Nothing here prescribes.
"""
