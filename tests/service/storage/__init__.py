"""The ledger and the disk: locked, full, backed up, swept."""
