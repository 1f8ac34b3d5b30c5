"""What counts say: held against published values, second readers, and direct enumeration."""
