"""NOUNS: the documents and volumes that flow through the house.

Documents are frozen pydantic models, checked at birth, with JSON in and out. Voxels live apart in frozen dataclasses
and travel by path and hash. Unknown is a value: a field that nobody has filled is ``None``, never a guess.
"""
