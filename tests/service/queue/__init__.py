"""The queue: what waits, who has it open, samples of what passed, and what changed."""
