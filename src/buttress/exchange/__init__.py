"""IN AND OUT: image files and documents into records, and back.

Everything is turned into LPS millimetres here and nowhere else. Bad input is answered with what was found, what was
expected and what to do. This room never computes medicine.
"""
