"""A photo before it is sent: checked, looked at, taken again."""
