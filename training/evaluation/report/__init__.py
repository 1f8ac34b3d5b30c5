"""An evaluation to read: in a terminal, and as one HTML page."""
