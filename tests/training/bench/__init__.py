"""`ubora train bench`, from its words to its tables."""
