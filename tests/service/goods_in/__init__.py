"""The piece itself, in somebody's hand."""
