"""Alerts: raised once, withdrawn, acknowledged, and the limits that they stand on."""
