"""The bias audit: whether the machine errs more on some workshops, phones, materials or lights."""
