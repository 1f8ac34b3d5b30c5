"""That decisions are fair: who decides what, and by whose eyes it is looked at again."""
