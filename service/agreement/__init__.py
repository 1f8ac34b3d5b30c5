"""How far people's decisions hold: against appeals, against each other, against pieces that are known."""
