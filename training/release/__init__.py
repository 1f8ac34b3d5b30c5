"""What goes into a release beside its weights: two ONNX graphs, a card, thresholds made anew."""
