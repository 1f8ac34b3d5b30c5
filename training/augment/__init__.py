"""What is done to training photos, so that none of it looks rendered and all of it looks like a phone's."""
