"""Names of classes as other people write them: one rule for all formats.

    names = Names(["crack", "OK"], card, options, account)
    names.read("OK")                 # None: it means that nothing is wrong
    names.read("crack")              # "crack"

1. A name that `--classes` lists is that class; there, capitals, spaces, dashes and underscores make no
   difference, unless two listed names differ in them alone.
2. A name that stands in the dataset's card, or among jewelry's classes, is that class.
3. A name of `GOOD`, in any capitals, means that nothing is wrong; it is never a class.
4. A name that only looks like a known one (`Crack`, `scratch `, and `Rust` beside `rust`), or that could mean
   either (`UNCLEAR`), is asked about: the import is refused with all of them and what to say.
5. Any other name is a class of its own, and the import says so.
"""

import re
import unicodedata
from collections.abc import Iterable

from ubora.datasets.formats.intake.account import Account
from ubora.datasets.manifest import DatasetCard, ManifestError
from ubora.datasets.taxonomy import EVERY_SPLIT, JEWELRY, Taxonomy

GOOD = (
    "good", "ok", "okay", "clean", "normal", "fine", "sound", "pass", "passed", "accept", "accepted",
    "approved", "perfect", "intact", "healthy", "undamaged", "flawless", "faultless", "defect free",
    "free of defects", "no defect", "no defects", "non defect", "non defective", "not defective",
    "without defect", "without defects", "no fault", "no faults", "no anomaly", "non anomalous",
    "anomaly free", "no damage", "no issue", "no issues",
)  # fmt: skip
UNLABELLED = ("unlabelled", "unlabeled", "not labelled", "not labeled")
UNCLEAR = (
    "0", "1", "yes", "no", "true", "false", "none", "null", "nan", "positive", "negative", "pos",
    "neg", "unknown", "undefined", "unsorted", "mixed", "all", "image", "images", "photo", "photos",
    "picture", "pictures", "img", "imgs", "data", "dataset", "unsplit", "valid", "validation",
    "training", "testing", *EVERY_SPLIT,
)  # fmt: skip
"""What is as often the good ones as the bad ones, or no class at all."""


def key_of(name: str) -> str:
    """What is left of a name without capitals, spaces, dashes and underscores."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub("[\\s\u200b\ufeff_-]+", "", plain) or plain


_GOOD, _UNLABELLED, _UNCLEAR = (frozenset(map(key_of, words)) for words in (GOOD, UNLABELLED, UNCLEAR))


def means_good(name: str) -> bool:
    """Whether a name, by itself, says that nothing is wrong."""
    return key_of(name) in _GOOD


def means_unlabelled(name: str) -> bool:
    """Whether a name says that nobody looked yet."""
    return key_of(name) in _UNLABELLED


class Names:
    """The names of classes that one source uses, and what each is read as."""

    def __init__(
        self,
        found: Iterable[str],
        card: DatasetCard | None,
        classes: tuple[str, ...] | None,
        account: Account,
    ) -> None:
        self._account = account
        self._wanted = classes
        self._known = card.taxonomy.defects if card is not None else JEWELRY.defects
        self._read: dict[str, str | None] = {}
        written = tuple(dict.fromkeys(found))
        if classes is None:
            self._ask(written)
        for name in written:
            self._read[name] = self._one(name)
        self.classes = tuple(dict.fromkeys(name for name in self._read.values() if name is not None))
        """Those that stand for a class, in the order in which they were found."""
        if classes is None and card is None and (new := set(self.classes) - set(JEWELRY.defects)):
            for name in self.classes:
                if name in new:
                    account.note("classes of their own, not among jewelry's", name)

    def read(self, name: str) -> str | None:
        """The class that a name stands for; None where it says that nothing is wrong."""
        if name not in self._read:
            self._read[name] = self._one(name)
        return self._read[name]

    def _one(self, name: str) -> str | None:
        known = self._known if self._wanted is None else self._wanted
        if name in known:
            return name
        alike = [other for other in known if key_of(other) == key_of(name)]
        if self._wanted is not None and len(alike) == 1:
            self._account.note(f"read as {alike[0]}", repr(name))
            return alike[0]
        if means_good(name):
            self._account.note("read as good, not as a class", repr(name))
            return None
        if name != name.strip() and not alike:
            self._account.note(f"read as {name.strip()}", repr(name))
            return name.strip()
        return name

    def _ask(self, written: tuple[str, ...]) -> None:
        """Raise ManifestError with every name of which it cannot be told what it stands for."""
        asked: dict[str, str] = {}
        meant: dict[str, str] = {}
        first: dict[str, str] = {}
        for name in written:
            key = key_of(name)
            if name in self._known:
                meant[name] = name
                continue
            if key in _GOOD:
                continue
            alike = next((other for other in self._known if key_of(other) == key), None)
            before = first.setdefault(key, name)
            meant[name] = alike or before.strip()
            if alike is not None:
                asked[name] = f"{name!r} is not among the classes; {alike!r} is"
            elif before != name:
                asked[name] = f"{name!r} and {before!r} differ in capitals or spaces alone"
            elif key in _UNCLEAR:
                asked[name] = f"{name!r} may be good pieces or bad ones, or no class"
        if asked:
            known = set(meant.values()) <= set(self._known)
            classes = ",".join(self._known if known else dict.fromkeys(meant.values()))
            raise ManifestError(
                f"names of classes: {'; '.join(asked.values())}. Expected names that can be told apart: "
                f"correct them, or list the classes that are meant (--classes '{classes}')"
            )


def card_for(
    name: str, card: DatasetCard | None, names: Names, classes: tuple[str, ...] | None, licence: str = ""
) -> DatasetCard:
    """The dataset's card: the exported one, else one made from the classes that the format names.

    The classes are `classes` where given; else the card's; else jewelry where all found are in it; else those
    found, in their order.
    """
    defects = names.classes if classes is None else classes
    jewelry = set(defects) <= set(JEWELRY.defects)
    if card is not None:
        if classes is None:
            return card
        taxonomy = card.taxonomy.model_copy(update={"defects": classes})
        return card.model_copy(update={"taxonomy": taxonomy})
    if jewelry and classes is None:
        taxonomy = JEWELRY
    elif jewelry:
        taxonomy = JEWELRY.model_copy(update={"defects": defects})
    else:
        taxonomy = Taxonomy(defects=defects, materials=(), categories=())
    return DatasetCard(name=name, licence=licence, taxonomy=taxonomy)


def check_class(name: str, taxonomy: Taxonomy) -> str:
    """`name`, or ManifestError that lists the known classes."""
    if name not in taxonomy.defects:
        known = ", ".join(taxonomy.defects)
        raise ManifestError(f"unknown class {name!r}; expected one of {known} (--classes names others)")
    return name
