"""THE DOORS: the command line (and later the page), and the jobs behind it.

``jobs.py`` is the only imperative code: it reads, runs a workflow, and writes.
"""
