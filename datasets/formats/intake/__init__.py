"""What all imports and exports share: names, places, shapes, and an account of each file."""
