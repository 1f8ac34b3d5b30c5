"""Numbers that are fair: each with its count, its interval and its definition, and never a rank."""
