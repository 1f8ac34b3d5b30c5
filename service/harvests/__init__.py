"""Harvests that are made: by the command, or for the console's page in the background."""
