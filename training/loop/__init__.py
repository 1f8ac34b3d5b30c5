"""One run: what it is, its steps, its checkpoints, and what it shows of itself."""
