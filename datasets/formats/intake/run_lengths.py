"""Masks as run lengths: COCO's two forms and Label Studio's brush.

    {"size": [height, width], "counts": counts_to_text(counts_of(mask))}    # COCO
    brush_of(mask)                                                          # Label Studio

COCO counts run down the columns and begin with zeros; its text form packs them five bits a character, from
the third on as differences to the count before last (github.com/cocodataset/cocoapi, common/maskApi.c). Label
Studio packs the RGBA values of the photo, row by row, into a bit stream (github.com/thi-ng/umbrella,
packages/rle-pack): 32 bits number of values, 5 bits word size − 1, four times 4 bits length size − 1; then
blocks of 1 bit "repeated", 2 bits which length size, length − 1, and one word if repeated, else one word a
value. All errors are ManifestError without a place; the caller knows it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import Mask, Size

_LENGTH_BITS = (3, 4, 8, 16)
_MOST_BITS = 60
"""No photo has a count of more; a number without an end takes a time that grows with its square."""
_CHANNELS = 4


def counts_of(mask: Mask) -> list[int]:
    """COCO's counts of a mask: zeros, ones, zeros, … down the columns; the first may be 0."""
    starts, lengths = _runs(mask.ravel(order="F"))
    return ([0] if starts else []) + lengths


def mask_of_counts(counts: Sequence[int], size: Size) -> Mask:
    """(height, width) bool from COCO's counts.

    Raises:
        ManifestError: a negative count, or counts that do not sum to height × width.
    """
    total = size[0] * size[1]
    if any(count < 0 for count in counts) or sum(counts) != total:
        raise ManifestError(f"expected counts ≥ 0 that sum to {size[0]} × {size[1]}, found {sum(counts)}")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape(size, order="F")


def counts_to_text(counts: Sequence[int]) -> str:
    """COCO's compressed form of counts."""
    characters: list[str] = []
    for index, count in enumerate(counts):
        left = count - counts[index - 2] if index > 2 else count
        more = True
        while more:
            bits = left & 0x1F
            left >>= 5
            more = left != (-1 if bits & 0x10 else 0)
            characters.append(chr(bits + (0x20 if more else 0) + 48))
    return "".join(characters)


def counts_from_text(text: str) -> list[int]:
    """Counts from COCO's compressed form.

    Raises:
        ManifestError: a character outside the alphabet, a count of no photo, or a text that ends within one.
    """
    counts: list[int] = []
    value, shift = 0, 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64:
            raise ManifestError(f"expected compressed counts, found the character {character!r}")
        value |= (bits & 0x1F) << shift
        shift += 5
        if shift > _MOST_BITS:
            raise ManifestError(f"expected compressed counts, found one of more than {_MOST_BITS} bits")
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value, shift = 0, 0
    if shift:
        raise ManifestError("compressed counts end within a count")
    return counts


def brush_of(mask: Mask) -> list[int]:
    """Label Studio's brush: bytes 0–255, alpha and colours 255 where the mask is, else 0."""
    value, lengths = _runs(mask.ravel())
    stream = [f"{mask.size * _CHANNELS:032b}{7:05b}", *(f"{bits - 1:04b}" for bits in _LENGTH_BITS)]
    for length in lengths:
        left = length * _CHANNELS
        while left:
            part = min(left, 1 << _LENGTH_BITS[-1])
            which = next(i for i, bits in enumerate(_LENGTH_BITS) if part <= 1 << bits)
            stream.append(f"1{which:02b}{part - 1:0{_LENGTH_BITS[which]}b}{255 * value:08b}")
            left -= part
        value = not value
    bits = "".join(stream)
    # One to eight zeros at the end, as Label Studio's own converter writes them.
    bits += "0" * (8 - len(bits) % 8)
    return list(int(bits, 2).to_bytes(len(bits) // 8))


def mask_of_brush(brush: Sequence[int], size: Size) -> Mask:
    """(height, width) bool from Label Studio's brush: where its alpha is above 127.

    Raises:
        ManifestError: another number of values than 4 × height × width, or a stream that ends early.
    """
    expected = size[0] * size[1] * _CHANNELS
    try:
        bits = "".join(f"{byte:08b}" for byte in bytes(brush))
        total, word = int(bits[:32], 2), int(bits[32:37], 2) + 1
        sizes = [int(bits[at : at + 4], 2) + 1 for at in range(37, 53, 4)]
        if total != expected or word != 8:
            raise ManifestError(
                f"brush of {total} values of {word} bits; expected {expected} of 8 bits, "
                f"4 a pixel of {size[1]} × {size[0]}"
            )
        values = _unpack(bits, sizes, total)
    except (ValueError, TypeError) as error:
        if isinstance(error, ManifestError):
            raise
        raise ManifestError("brush ends early or holds other than bytes 0–255") from None
    return values.reshape(*size, _CHANNELS)[:, :, 3] > 127


def _unpack(bits: str, sizes: Sequence[int], total: int) -> NDArray[np.uint8]:
    """The values of the blocks of a bit stream, after its header of 53 bits."""
    values = np.zeros(total, np.uint8)
    at, done = 53, 0
    while done < total:
        repeated, length_bits = (
            bits[at] == "1" if at < len(bits) else False,
            sizes[int(bits[at + 1 : at + 3], 2)],
        )
        at += 3
        end = done + 1 + int(bits[at : at + length_bits], 2)
        at += length_bits
        words = 1 if repeated else end - done
        block = np.frombuffer(bits[at : at + 8 * words].encode(), np.uint8) - ord("0")
        values[done:end] = np.packbits(block.reshape(words, 8), axis=1).ravel()
        at += 8 * words
        done = end
    return values


def _runs(flat: Mask) -> tuple[bool, list[int]]:
    """The first value of a row of bools, and the lengths of its runs."""
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    return bool(flat[0]), [int(n) for n in np.diff(np.concatenate(([0], changes, [flat.size])))]
