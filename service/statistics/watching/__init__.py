"""What keeps watch by weeks: signals that are rare while nothing changes, bounds that hold at any time."""
