"""How large a picture may be, in every room: memory is what a photo takes once it is unpacked."""

MAX_BYTES = 16_000_000
"""Of a file, a clip behind its picture included; a service may be set to take less (service/settings.py)."""
MAX_PIXELS = 64_000_000
"""A 50-MP phone photo passes; a 200-MP header is refused before a byte of it is decoded."""
MAX_OTHER_PIXELS = 16_000_000
"""PNG and WebP have no reduced decode and unpack whole; phones send JPEG."""
MAX_BUFFERED_PIXELS = 24_000_000
"""A progressive JPEG unpacks to 6 bytes a pixel at any scale; cameras write baseline."""
MIN_SIDE_PX = 64
