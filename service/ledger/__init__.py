"""One database: its tables and migrations, its writers, its clock, and counts kept as things change."""
