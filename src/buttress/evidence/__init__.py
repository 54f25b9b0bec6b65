"""WHO SAID SO: the bibliography, and the way a number or a rule points into it.

``references.bib`` holds every source once; ``Evidence`` is a key with the place inside that source.
"""
