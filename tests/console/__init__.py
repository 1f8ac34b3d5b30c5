"""The hub's pages in a real browser."""
