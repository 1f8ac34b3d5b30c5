"""What waits for a person: one list, who has which piece open, and what changes of it while it is shown."""
