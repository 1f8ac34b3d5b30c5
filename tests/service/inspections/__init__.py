"""Pieces: received, reviewed, contested, counted, harvested."""
