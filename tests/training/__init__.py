"""Learning, on networks small enough for every run of the tests."""
