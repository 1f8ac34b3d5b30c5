"""Who may do what, and who tries to."""
