"""What she contests and what she consents to."""
