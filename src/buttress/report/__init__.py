"""PAPER: a review in, a page, a PDF and pictures out.

This room shows what the review holds and computes nothing of its own.
"""
