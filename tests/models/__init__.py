"""From a photo to a verdict, and from a release to a champion."""
