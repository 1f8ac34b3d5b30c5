"""Defects that repeat: the course of what is done about each, its effect, and where the hub is asked."""
