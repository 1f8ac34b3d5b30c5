"""The service over real HTTP, with a real ledger."""
