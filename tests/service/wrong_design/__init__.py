"""Pieces that are of another design than the one as which they were sent."""
