"""From a photo's bytes to a Prediction: two looks, the graphs, the bank of approved photos."""
