"""Which accepted pieces stand for a design."""
