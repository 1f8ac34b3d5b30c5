"""Photos that a phone took of pieces that were good enough to be sold."""
