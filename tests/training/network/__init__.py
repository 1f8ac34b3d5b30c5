"""The network and what it gains from approved samples."""
