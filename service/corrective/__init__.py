"""A defect that repeats at a workshop: told, answered, watched, closed. Nobody is ranked by it."""
