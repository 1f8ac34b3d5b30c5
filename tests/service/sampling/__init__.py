"""Lots by sampling: drawn, looked at, decided."""
