"""MEMORY: reviews and what became of the patients, under pseudonyms only.

Nothing is stored yet: the review files themselves are the record. The store comes with the follow-up work.
"""
