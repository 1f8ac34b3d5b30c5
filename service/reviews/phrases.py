"""What a reviewer tells a workshop most often: a key is stored, and each reads it in her own language.

The words stand in `web/shared/words.json` as `phrase.<key>`. What is written freely stays as it was written.
"""

from typing import Literal, get_args

Phrase = Literal[
    "good",
    "material",
    "polish",
    "edges",
    "joint",
    "shape",
    "part",
    "stain",
    "crack",
    "design",
    "light",
    "closer",
    "bring",
    "face",
]
PHRASES: tuple[Phrase, ...] = get_args(Phrase)
MOST_PHRASES = 5
