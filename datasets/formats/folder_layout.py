"""What lies where in a folder per class: photos by their content, and whose each mask is.

    layout = read_layout(root, listed, account)
    layout.photos                    # {PurePosixPath("test/crack/000.png"): Place("test", "crack"), …}
    layout.masks[photo]              # the file of its mask

Photos are told by their first bytes, whatever their name ends in. Masks lie in `ground_truth/<class>/`, or
beside the photo as `<name>_mask`; their name is the photo's, with or without `_mask`, in any capitals.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ubora.datasets.formats.intake.account import Account, of_the_system
from ubora.datasets.formats.intake.intake import split_named
from ubora.datasets.formats.intake.names import key_of
from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import PHOTO_SUFFIXES
from ubora.datasets.taxonomy import Split
from ubora.models.imaging.formats.foreign import SUFFIXES, but, foreign
from ubora.models.imaging.header import kind_of

LABELS = "labels.csv"
GROUND_TRUTH, LABEL_MASKS = "ground_truth", "label_masks"
UNSPLIT = "unsplit"
HEAD_BYTES = 65_536
"""By which a file is told, as the phone does: a raw photo's tags lie within, a large export is not read."""
_MASK_FOLDERS = frozenset(map(key_of, (GROUND_TRUTH, "ground truths", "gt", "mask", "masks")))
_MASK_WORD = re.compile(r"[\s_.-]*(ground[\s_-]*truth|gt|masks?)$", re.IGNORECASE)
_UNREAD = (
    *SUFFIXES, ".dib", ".j2k", ".nrw", ".srw", ".raw", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".exr",
    ".hdr", ".psd", ".svg", ".jpe", ".jfif", ".jif", ".mpo", ".apng",
)  # fmt: skip
"""Endings of photos in a form that is not read; a JPEG, PNG or WebP of such a name is read all the same."""


@dataclass(frozen=True)
class Place:
    """What the folder of a photo says."""

    split: Split | None
    folder: str


@dataclass
class Layout:
    photos: dict[PurePosixPath, Place] = field(default_factory=dict)
    """In order of their paths, which are relative to the root."""
    masks: dict[PurePosixPath, Path] = field(default_factory=dict)
    """Photo → its mask."""


def read_layout(root: Path, listed: Container[str], account: Account) -> Layout:
    """Photos and masks below a root; what cannot be read or placed is noted as a fault in `account`.

    Args:
        listed: paths of which `labels.csv` says that they are photos.
    """
    layout = Layout()
    masks: list[PurePosixPath] = []
    misplaced: set[Path] = set()
    for path in _files(root):
        inside = PurePosixPath(path.relative_to(root))
        in_masks = any(key_of(part) in _MASK_FOLDERS for part in inside.parts[:-1])
        if in_masks and str(inside) not in listed:
            masks.append(inside)
        elif len(inside.parts) == 1 and not _is_picture(path):
            continue
        else:
            with account.each(str(path)):
                if not _is_photo(path, account):
                    continue
                account.left_out[path] = "not in a folder of a class"
                # One word a folder: whoever gives the folder above has thousands of photos in each.
                if path.parent not in misplaced:
                    misplaced.add(path.parent)
                    layout.photos[inside] = _place(inside)
                    misplaced.remove(path.parent)
    beside = [path for path in _beside_their_photos(layout.photos) if str(path) not in listed]
    for inside in beside:
        del layout.photos[inside]
    _match(root, layout, [*masks, *beside], account)
    return layout


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if path.is_file() and inside.parts[0] != LABEL_MASKS and not of_the_system(path, root):
            yield path


def _is_picture(path: Path) -> bool:
    """By its name or its first bytes: a picture of any form."""
    if path.suffix.lower() in (*PHOTO_SUFFIXES, *_UNREAD):
        return True
    start = _start(path)
    return kind_of(start) is not None or foreign(start) is not None


def _is_photo(path: Path, account: Account) -> bool:
    """Whether a file is a photo that is read.

    Raises:
        ManifestError: it is a picture of a form that is not read.
    """
    if kind_of(_start(path)) is not None or path.suffix.lower() in PHOTO_SUFFIXES:
        return True
    if _is_picture(path):
        account.left_out[path] = "of a form that is not read"
        ending = f", found {path.suffix}" if path.suffix else ""
        raise ManifestError(f"expected JPEG, PNG or WebP{but(_start(path)) or ending}")
    return False


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _place(path: PurePosixPath) -> Place:
    *above, folder, _ = path.parts if len(path.parts) > 1 else ("", "", "")
    split = split_named(above[0]) if len(above) == 1 else None
    unsplit = len(above) == 1 and key_of(above[0]) == UNSPLIT
    lone_split = not above and (split_named(folder) is not None or key_of(folder) == UNSPLIT)
    if lone_split or (above and split is None and not unsplit):
        raise ManifestError("expected <split>/<class>/photo or <class>/photo")
    return Place(split, folder)


def _beside_their_photos(photos: dict[PurePosixPath, Place]) -> list[PurePosixPath]:
    """Files that are the mask of a photo of the same folder, as `000_mask.png` beside `000.png`."""
    names = {(path.parent, path.stem.casefold()) for path in photos}
    return [
        path
        for path in photos
        if (plain := _MASK_WORD.sub("", path.stem)) not in ("", path.stem)
        and (path.parent, plain.casefold()) in names
    ]


def _match(root: Path, found: Layout, masks: list[PurePosixPath], account: Account) -> None:
    """Give each mask to its photo; a mask without one, and one of several, is a fault."""
    by_stem: dict[str, list[PurePosixPath]] = defaultdict(list)
    for photo in found.photos:
        by_stem[photo.stem.casefold()].append(photo)
    claimed: dict[PurePosixPath, PurePosixPath] = {}
    for mask in masks:
        if not _is_picture(root / mask):
            continue
        with account.each(str(root / mask)):
            account.left_out[root / mask] = "masks without a photo, or that may be of several"
            photo = _owner(mask, by_stem)
            first = claimed.setdefault(photo, mask)
            if first != mask:
                found.masks.pop(photo, None)
                raise ManifestError(f"{first} is a mask of {photo} too; expected one mask a photo")
            found.masks[photo] = root / mask


def _owner(mask: PurePosixPath, by_stem: dict[str, list[PurePosixPath]]) -> PurePosixPath:
    """The photo that a mask is of.

    Raises:
        ManifestError: there is none, or more than one.
    """
    above = {key_of(part) for part in mask.parts[:-1]}
    deep = any(part not in _MASK_FOLDERS and split_named(part) is None for part in above)
    for name in dict.fromkeys((mask.stem, _MASK_WORD.sub("", mask.stem))):
        photos = [p for p in by_stem.get(name.casefold(), []) if not deep or key_of(p.parent.name) in above]
        photos = [p for p in photos if p.stem == name] or photos
        said = [p for p in photos if len(p.parts) > 2 and key_of(p.parts[0]) in above]
        photos = said or photos
        if len(photos) > 1:
            # MVTec AD numbers photos anew in each split; its masks are those of `test`.
            photos = [p for p in photos if split_named(p.parts[0]) == "test"] or photos
        if len(photos) == 1:
            return photos[0]
        if photos:
            raise ManifestError(
                f"is it of {' or of '.join(map(str, photos))}? expected one photo of this name"
            )
    raise ManifestError("a mask without a photo; expected a photo of this name in a folder of its class")
