"""What keeps watch: how often it signals while nothing changes, and held against second readers."""
