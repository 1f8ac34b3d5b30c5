"""One machine or a thousand workshops: cost, lead time and failures of both, with every assumption open."""
