"""A dataset folder being filled from somebody else's: safe names, photos byte for byte, one place an error.

    intake = Intake(source, out, Options(piece_from="folder"))
    with at("instances.json: images[3]"):
        photo = intake.take_photo(intake.find("train/7.jpg"))
        sample = intake.sample(photo, {}, defects=())

What a format has no place for travels in it under the key `ubora`: `known` below.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ubora.datasets.formats.intake.account import Account
from ubora.datasets.formats.intake.names import check_class
from ubora.datasets.formats.intake.places import at, locate
from ubora.datasets.manifest import CARD, DatasetCard, ManifestError, Sample, inside, sample_id
from ubora.datasets.masks import Mask, Size, check_size, png_of, whole_size
from ubora.datasets.taxonomy import EVERY_SPLIT, Source, Split, Taxonomy

_SPLIT_WORDS = {"valid": "val", "validation": "val", "training": "train", "testing": "test"}
_HALF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class Options:
    """What a format does not say."""

    piece_from: str = "photo"
    """Which photos show one piece: `photo` (each its own), `stem`, `folder`, or a regular expression whose
    first group (or whole match) in the photo's path is the piece."""
    source: Source = "public"
    classes: tuple[str, ...] | None = None
    """The classes and their order, in place of the format's own list."""
    skip_bad: bool = False
    """Go on without annotations and photos that are bad; the account lists them."""


@dataclass(frozen=True)
class Photo:
    """A photo that was taken in."""

    file_name: str
    sample_id: str
    size: Size


class Intake:
    """`out` being filled from `source`; reads nothing outside `source`, writes nothing outside `out`."""

    def __init__(self, source: Path, out: Path, options: Options) -> None:
        self.source = source.resolve()
        self.root = _folder_of(self.source)
        """The folder that photos are looked for in."""
        self.out = out
        self.options = options
        self.taxonomy: Taxonomy | None = None
        """Set as soon as the card is known; from then on every sample is held against it."""
        self.account = Account()
        self._taken: dict[str, Path] = {}
        self._written: set[str] = set()
        self._photo_of_piece: dict[str, str] = {}

    def find(self, name: str, places: Sequence[str] = ("",)) -> Path:
        """The file that a format calls `name`, looked for in `places` within the source.

        Raises:
            ManifestError: it does not exist, may be one of several, or leads out of the source.
        """
        path, how = locate(self.root, name, places)
        if how is not None:
            self.account.note(how, name)
        return path

    def take_photo(self, path: Path, file_name: str | None = None) -> Photo:
        """Copy a photo, by default to `photos/` and its path in the source.

        Raises:
            ManifestError: not a photo that we take, cut short, or a second one of the same name.
        """
        # So it stays, unless a sample takes it.
        self.account.left_out[path] = "bad"
        size = whole_size(path)
        if file_name is None:
            inside = path.relative_to(self.root)
            parts = inside.parts[1:] if inside.parts[0] in ("photos", "images") else inside.parts
            file_name = str(PurePosixPath("photos", *parts))
        data = path.read_bytes()
        self._write(file_name, data)
        self._taken[file_name] = path
        return Photo(file_name, sample_id(data), size)

    def keep_mask(self, mask: Mask, name: str, photo: Photo) -> str:
        """Write a mask and return its name.

        Raises:
            ManifestError: it is not of its photo's size, or another mask has its name.
        """
        check_size(mask, photo.size, "mask")
        self.keep_bytes(png_of(mask), name)
        return name

    def keep_bytes(self, png: bytes, name: str) -> None:
        """Write the file of a mask; the same bytes may come again, as two defects may share a mask."""
        self._write(name, png, again=True)

    def mask_name(self, photo: Photo, *words: str | int) -> str:
        """A name for a mask of this photo that no other photo's mask has."""
        stem = PurePosixPath(photo.file_name.removeprefix("photos/"))
        label = _plain("-".join(map(str, words)))
        return f"masks/{stem.with_suffix('')}{stem.suffix.replace('.', '-')}-{label}.png"

    def sample(self, photo: Photo, known: Mapping[str, Any], **labels: Any) -> Sample:
        """One line of the manifest: `labels`, else what is `known`, else the options.

        Raises:
            ManifestError: values that are no Sample, a word that is not in the taxonomy, or another photo
                than was exported.
        """
        exported = known.get("sample_id", photo.sample_id)
        if exported != photo.sample_id:
            raise ManifestError(
                f"{photo.file_name} has sha256 {photo.sample_id[:12]}…; expected {str(exported)[:12]}…"
            )
        fields = {"source": self.options.source, **known, **labels}
        if "piece_id" not in fields:
            fields["piece_id"] = self._piece(photo.file_name.removeprefix("photos/"))
        sample = Sample.model_validate(fields | {"file_name": photo.file_name, "sample_id": photo.sample_id})
        if self.taxonomy is not None:
            check_words(sample, self.taxonomy)
        return sample

    def check_files(self, sample: Sample) -> None:
        """Raise ManifestError where a sample names a mask that was not kept."""
        for name in sample.files():
            if not (self.out / name).is_file():
                raise ManifestError(f"{name} is named without its pixels; expected both")

    def finish(self, samples: Sequence[Sample]) -> None:
        """Settle what was bad: refuse it, or take away what was written for it.

        Raises:
            ManifestError: all faults, where they are not to be skipped.
        """
        self.account.settle(skip_bad=self.options.skip_bad, left=len(samples))
        kept = {name for sample in samples for name in sample.files()}
        self.account.used |= {path for name, path in self._taken.items() if name in kept}
        for name in self._written - kept:
            (self.out / name).unlink(missing_ok=True)

    def _piece(self, name: str) -> str:
        path, rule = PurePosixPath(name), self.options.piece_from
        if rule == "photo":
            # Photos whose names differ in their ending alone are two pieces all the same.
            stem = str(path.with_suffix(""))
            free = (stem, name, *(f"{name}-{number}" for number in range(2, 100)))
            return next(piece for piece in free if self._photo_of_piece.setdefault(piece, name) == name)
        if rule == "stem":
            return path.stem
        if rule == "folder":
            return str(path.parent)
        match = re.search(rule, name)
        if match is None or not match[1 if match.re.groups else 0]:
            raise ManifestError(f"no piece in {name!r}; expected a match of {rule!r}")
        return str(match[1 if match.re.groups else 0])

    def _write(self, name: str, data: bytes, *, again: bool = False) -> None:
        try:
            path = self.out / inside(name)
        except ValueError as error:
            raise ManifestError(str(error)) from None
        write_new(path, data, again=again)
        self._written.add(name)


def _folder_of(source: Path) -> Path:
    """The folder itself, or the one that a file stands for: COCO keeps its files in one named annotations."""
    folder = source if source.is_dir() else source.parent
    return folder.parent if folder is not source and folder.name == "annotations" else folder


def write_new(path: Path, data: bytes, *, again: bool = False) -> None:
    """Write a file where none is, or with `again` the same one; else raise ManifestError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
    except NotADirectoryError:
        raise ManifestError(f"{path.name}: lies in what is a file; expected a folder") from None
    except FileExistsError:
        if not again or not path.is_file() or path.read_bytes() != data:
            raise ManifestError(f"{path.name}: a second file of this name; expected each once") from None


def read_json(path: Path) -> Any:
    """A JSON file, or ManifestError with its line."""
    try:
        data = path.read_bytes()
        read = json.loads(data, parse_constant=_no_number)
        if _HALF_A_PAIR.search(data):
            # Half of a pair, which no file of ours could hold, is an error here.
            json.dumps(read, ensure_ascii=False).encode()
        return read
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"{path}: expected JSON, found {error}") from None


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant}, which is no number")


def read_card(folder: Path) -> DatasetCard | None:
    """The card that lies in an exported folder, if one does."""
    path = folder / CARD
    if not path.is_file():
        return None
    with at(str(path)):
        return DatasetCard.model_validate(read_json(path))


def check_words(sample: Sample, taxonomy: Taxonomy) -> None:
    """Raise ManifestError where a sample has a class, material or category that the taxonomy has not."""
    for defect in sample.defects or ():
        check_class(defect.name, taxonomy)
    for field, known in (("material", taxonomy.materials), ("category", taxonomy.categories)):
        value = getattr(sample, field)
        if value is not None and value not in known:
            raise ManifestError(f"unknown {field} {value!r}; expected one of {', '.join(known) or 'none'}")


def split_named(word: str) -> Split | None:
    """The split that a file or folder is named after: train, val, valid2017, test_designs, …"""
    plain = re.sub(r"\d+$", "", word.lower())
    plain = _SPLIT_WORDS.get(plain, plain)
    return next((split for split in EVERY_SPLIT if split == plain), None)


def _plain(text: str) -> str:
    return re.sub(r"[^\w.-]+", "_", text)
