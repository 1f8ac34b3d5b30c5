"""How far people agree: the coefficients, and what is counted for them."""
