"""AFTERWARDS: what the treatment did, by published endpoints."""
