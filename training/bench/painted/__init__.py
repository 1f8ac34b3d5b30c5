"""Defects painted onto real photos of good pieces, by a painter that training never sees."""
