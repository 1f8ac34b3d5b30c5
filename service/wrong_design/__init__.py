"""A piece that is of another design than the one as which it was sent."""
