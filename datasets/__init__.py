"""What we have seen: the dataset contract, and where datasets lie. Imports models.imaging and no room else."""
