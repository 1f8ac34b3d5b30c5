"""One question each about what was judged: size, place, level, light, design."""
