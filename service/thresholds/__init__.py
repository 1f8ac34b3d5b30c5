"""Thresholds over a release's own: the effect shown first, the promise held up, each version an event."""
