"""What a piece lies on."""
