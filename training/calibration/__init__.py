"""From validation photos: thresholds, scores as probabilities, and what may be promised."""
