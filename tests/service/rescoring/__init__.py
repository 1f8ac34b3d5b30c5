"""Other releases on photos that were judged already."""
