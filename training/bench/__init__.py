"""Proof on photographs that nobody rendered: `ubora train bench`."""
