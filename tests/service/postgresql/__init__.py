"""A ledger in PostgreSQL: what is its alone."""
