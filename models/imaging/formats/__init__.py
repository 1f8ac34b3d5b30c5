"""JPEG, PNG and WebP walked in linear time, the EXIF within them, and what other files are."""
