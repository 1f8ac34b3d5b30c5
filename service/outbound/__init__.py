"""What is told to others outside: signed webhooks and mail, each sent until it is had, or dead."""
