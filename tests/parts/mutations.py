"""What comes of files that something altered: strategies for bytes and for JSON, from one that was sound.

@given(mutated_bytes(photo))        @given(mutated_json(document))
"""

import copy
from typing import Any

from hypothesis import strategies as st

_BYTES = st.sampled_from(
    (b"", b"\0", b"\xff", b"\xff\xd9", b"\xff\xda", b"\x7f\xff\xff\xff", b"\xff" * 70, b"\0" * 70)
)
_WORDS = (
    "",
    ".",
    "..",
    "/",
    "a/b",
    "\0",
    "\ud800",
    "é" * 300,
    "http://[",
    "C:\\x",
    "photos",
    "masks",
    "-1",
    "1e999",
)
_NUMBERS = (0, -1, 1, 2**31, -(2**63), 10**400, 0.5, 1e308, -1e308, True)
HOSTILE: st.SearchStrategy[Any] = st.sampled_from((None, [], {}, [[]], [{}], {"a": 1}, *_WORDS, *_NUMBERS))
"""What stands where something else was expected."""


@st.composite
def mutated_bytes(draw: st.DrawFn, *sound: bytes) -> bytes:
    """One of `sound` with up to four pieces overwritten, put in, taken out or doubled; perhaps cut short."""
    data = bytearray(draw(st.sampled_from(sound)))
    for _ in range(draw(st.integers(1, 4))):
        # Most of what a reader goes by stands at the beginning.
        at = draw(st.integers(0, min(len(data), 200)) | st.integers(0, len(data)))
        piece = draw(_BYTES | st.binary(max_size=12))
        gone = draw(st.sampled_from((0, len(piece), len(piece), 1, 2, 40)))
        data[at : at + gone] = piece
    if draw(st.integers(0, 3)) == 0:
        del data[draw(st.integers(0, len(data))) :]
    return bytes(data)


@st.composite
def mutated_json(draw: st.DrawFn, sound: Any) -> Any:
    """`sound` with one to three of its values replaced, taken out or doubled, at any depth."""
    whole = [copy.deepcopy(sound)]
    for _ in range(draw(st.integers(1, 3))):
        inside: Any = whole
        key: Any = 0
        while isinstance(inside[key], dict | list) and inside[key] and draw(st.integers(0, 9)):
            inside = inside[key]
            key = draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
        what = draw(st.sampled_from(("replace", "replace", "remove", "double")))
        if what == "replace" or inside is whole:
            inside[key] = copy.deepcopy(draw(HOSTILE))
        elif what == "remove":
            del inside[key]
        elif isinstance(inside, list):
            inside.insert(key, copy.deepcopy(inside[key]))
        else:
            inside[draw(st.sampled_from(sorted(inside)))] = copy.deepcopy(inside[key])
    return whole[0]
