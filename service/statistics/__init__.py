"""What counts say and do not say: rates, shrinkage, charts, lots, escapes. Pure functions of numbers."""
