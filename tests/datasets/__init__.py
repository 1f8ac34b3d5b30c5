"""The dataset contract and the sets that lie in the repository."""
