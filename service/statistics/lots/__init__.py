"""Plans for lots that stand alone."""
