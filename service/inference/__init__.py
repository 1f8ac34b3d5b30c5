"""The champion at work on received photos: loaded, swapped, kept off the event loop."""
