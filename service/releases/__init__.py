"""The releases: the one that serves, those that are kept, and how one becomes champion."""
