"""Codes that people read, say and type: Crockford's base 32, in groups of four, no two letters alike."""

import secrets

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKE = str.maketrans("OIL", "011")


def new_code(groups: int) -> str:
    """`K7QM-2XRD-9TPA`: 20 random bits a group."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(groups))


def read_code(typed: str) -> str:
    """The letters alone, as they were meant: case, spaces, hyphens do not matter, O is 0, I and L are 1."""
    return "".join(typed.split()).replace("-", "").upper().translate(_LOOK_ALIKE)
