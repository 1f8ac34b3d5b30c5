"""Workshops, what they are asked to make, and how it comes out."""
