"""What we have seen: the dataset contract, and where datasets lie. Imports no other room."""
