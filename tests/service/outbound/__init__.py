"""What is told to others: signed, to allowed addresses alone, each message by one service until it is had."""
