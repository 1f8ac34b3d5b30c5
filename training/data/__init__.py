"""What a run learns from: photos as batches, as a frozen backbone sees them, beside approved photos."""
