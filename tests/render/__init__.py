"""The renderer, from a seed to a photo."""
