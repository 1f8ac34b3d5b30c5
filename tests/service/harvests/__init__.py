"""Harvests: which pieces, and those that the console keeps."""
