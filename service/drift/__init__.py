"""Does a release see what it saw? Its scores beside its first weeks, what it missed, and what is rare."""
