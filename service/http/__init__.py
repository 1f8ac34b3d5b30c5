"""What every route shares: bodies and their limits, errors in one shape, the log, the pages as files."""
