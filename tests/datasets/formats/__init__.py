"""Imports and exports, round trip by round trip."""
