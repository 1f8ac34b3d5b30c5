"""Photos of a dataset to Predictions, and the figures that scores and labels give."""
