"""Whose days a ledger counts."""
