"""Picture files: odd, foreign and hostile ones, the same in every room."""
