"""What a hub looks at each day and month."""
