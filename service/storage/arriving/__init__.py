"""Photos that arrive in parts: in a folder of this disk, or where several services share no disk."""
