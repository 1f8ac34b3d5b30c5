"""What goes wrong with a piece, drawn so that it is known where it lies."""
