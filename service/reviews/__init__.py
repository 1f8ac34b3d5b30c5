"""What people decide on a piece, and what a workshop says against it."""
