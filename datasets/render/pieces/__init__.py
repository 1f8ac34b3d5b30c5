"""From a design and a hand to closed surfaces: every part of a piece, and what it is made of."""
