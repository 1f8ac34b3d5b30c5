"""Figures and their aspects, and one release against another."""
