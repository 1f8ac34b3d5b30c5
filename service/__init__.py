"""How we serve: the HTTP service, its ledger and photos, and harvest. Imports datasets and models only."""
