"""Drift of a release: its scores, what it missed, and what is rare."""
