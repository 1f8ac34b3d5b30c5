"""What lies around a piece, and is never a defect."""
