"""Passwords of staff: kept as argon2id, and refused where anybody would guess them.

The rules are those of NIST SP 800-63B: at least 12 characters, any script, no composition rules and no
expiry, but nothing common (zxcvbn knows the lists, keyboard walks, repeats, dates and the person's own name).
"""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from ubora.service.http.bodies import busy
from ubora.service.secrets.codes import new_code

SHORTEST, LONGEST = 12, 200
_AT_ONCE = 2
"""Each hash takes 46 MiB: a crowd at the door must not take the memory of those inside."""
_PRESENT = 8
"""Those who hash or wait for it; each holds a thread that others' requests need too."""
_PATIENCE_SECONDS = 10.0
_GUESSABLE_BELOW = 3
"""zxcvbn's score: 3 is a hundred million guesses, of which `throttle` allows a hundred an hour."""
_LOOKED_AT = 72
"""zxcvbn takes no more, and what is longer than this is not guessed by patterns."""
OUR_WORDS = ("ubora", "jewelry", "nairobi", "hub")


class Passwords:
    """Shared by threads."""

    def __init__(self) -> None:
        # OWASP's first choice: 75 ms of one core. Phones wait for the same two cores.
        self._hasher = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
        self._turns = _Turns()
        self._nobodys: str | None = None

    def hash(self, password: str) -> str:
        with self._turns:
            return self._hasher.hash(_normal(password))

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether it is the password whose hash was kept.

        Args:
            kept: None where there is no such person. It takes as long, so that time tells no names.
        """
        with self._turns:
            if self._nobodys is None:
                self._nobodys = self._hasher.hash(new_code(4))
            try:
                self._hasher.verify(kept or self._nobodys, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
            return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Hashed at another cost than today's."""
        return self._hasher.check_needs_rehash(kept)


def fault_of(password: str, name: str) -> str | None:
    """Why it cannot be somebody's password; None where it can. Never the password itself."""
    length = len(_normal(password))
    if not SHORTEST <= length <= LONGEST:
        return f"{length} characters; expected {SHORTEST} to {LONGEST}, several words are best"
    with _GUESSING:  # zxcvbn keeps the person's words in a global
        strength = zxcvbn(_normal(password)[:_LOOKED_AT], user_inputs=[name, *name.split(), *OUR_WORDS])
    if strength["score"] < _GUESSABLE_BELOW:
        why = strength["feedback"]["warning"] or "It is made of common parts."
        return f"easy to guess: {why} Several words that do not belong together are best"
    return None


def new_password() -> str:
    """80 random bits, readable over a telephone."""
    return new_code(4).lower()


_GUESSING = threading.Lock()


class _Turns:
    """A few at a time, and 503 rather than a queue without end."""

    def __init__(self) -> None:
        self._present = threading.BoundedSemaphore(_PRESENT)
        self._working = threading.BoundedSemaphore(_AT_ONCE)

    def __enter__(self) -> None:
        if not self._present.acquire(blocking=False):
            raise busy("many are logging in")
        if not self._working.acquire(timeout=_PATIENCE_SECONDS):
            self._present.release()
            raise busy("many are logging in")

    def __exit__(self, *_: object) -> None:
        self._working.release()
        self._present.release()


def _normal(password: str) -> str:
    """The same characters are the same password, whichever keyboard composed them."""
    return unicodedata.normalize("NFC", password)
