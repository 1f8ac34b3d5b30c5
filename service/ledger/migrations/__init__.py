"""Alembic's folder; `Ledger.migrate` runs it at start."""
