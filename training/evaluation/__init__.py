"""How good a run or a release is, on photos that it did not see."""
