"""Workshops: entered, imported, closed and opened again; what is packed; the first steps of a hub."""
