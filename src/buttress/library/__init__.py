"""BOOKSHELF: numbers, rules, devices and bones as data, each with its source.

TOML files under this folder, read by ``load.py`` into records. A clinician can review them without reading code.
"""
