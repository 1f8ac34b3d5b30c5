"""What the hub asked for, near and far cousins of it, and what a hand made of it."""
