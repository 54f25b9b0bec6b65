"""DESTROY: ablation zones.

In this version zones are drawn from published dimensions; the bone-aware solver will stand beside them.
"""
