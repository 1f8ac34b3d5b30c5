"""The page where flagged pieces are looked at and decided, in a real browser."""
