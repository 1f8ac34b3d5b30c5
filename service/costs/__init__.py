"""What mistakes cost: entered prices, expected cost against the thresholds, and money spent by kind."""
