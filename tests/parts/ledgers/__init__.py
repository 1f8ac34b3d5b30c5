"""Where the ledgers of tests lie."""
