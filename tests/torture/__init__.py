"""What a bad day does to the service, tried at length; `make torture` runs all of it."""
