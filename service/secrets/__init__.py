"""Passwords, codes, and files that one account alone may read."""
