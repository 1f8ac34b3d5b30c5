"""The house's rules, the documents, the command, and the whole circle by its commands."""
