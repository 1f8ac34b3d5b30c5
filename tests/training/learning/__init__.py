"""Runs: planned, trained, resumed, on several processes."""
