"""The ladder of exact answers: every equation that is solved, held against a closed form, an ordinary integral, or a
plainer solver. ``buttress verify`` and the tests climb the same rungs.
"""
