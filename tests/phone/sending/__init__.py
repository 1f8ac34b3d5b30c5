"""The queue: offline, killed, updated, handed on."""
