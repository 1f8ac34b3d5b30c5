"""A network whose truth is known."""
