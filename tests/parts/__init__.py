"""Real small things that many tests stand on: a service, a browser, a network, a full disk."""
