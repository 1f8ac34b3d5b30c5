"""Whose photos they are: consent, the workshop's archive, deletion, and how long things are kept."""
