"""Label Studio: tasks and a configuration out, what people drew and chose in."""
