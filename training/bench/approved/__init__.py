"""What approved samples are worth: own, another design's or none, and rules that learn nothing."""
