"""Photos of a piece come in, once each, and are read again."""
