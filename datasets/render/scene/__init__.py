"""Surfaces and light to radiance, with Mitsuba."""
