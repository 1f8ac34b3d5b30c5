"""Whose days are counted."""
