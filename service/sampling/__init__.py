"""Lots by sampling: which pieces a person looks at, and whether what she found lets the lot be accepted."""
