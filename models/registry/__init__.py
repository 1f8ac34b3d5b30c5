"""Where releases lie, which is champion, and what one must show before it is."""
