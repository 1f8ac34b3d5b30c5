"""`ubora data check`, finding by finding."""
