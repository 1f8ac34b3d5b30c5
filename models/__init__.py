"""What we decided: the released-model contract, and where releases lie. Imports no sibling room."""
