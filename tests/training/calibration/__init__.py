"""Thresholds, promised miss rates, costs."""
