"""Tests, by room and subject; `parts` are real small things that many of them stand on."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The checkout."""
