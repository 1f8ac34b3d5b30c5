"""What people drew and chose in Label Studio → samples.

    ubora data import label-studio export.json --out var/labelled

Reads the export that Label Studio calls JSON, ours (`datasets.label_studio`) or from another project. Of a
task the annotation that is marked as ground truth counts, else the latest that is not cancelled; where two
annotations say different things the summary tells so. A task that was skipped, or that nobody saw, is not
labelled. Brush strokes and polygons become masks, rectangles boxes, choices of a class defects without a
place. Submitted empty or with the choice `clean` is clean; submitted with a rating or a photo fault alone
says nothing of defects, as does the condition `unlabelled`. Comments and relations are passed over. A region
that is bad is one of the faults that are named at once; a photo that loses all of its regions by `--skip-bad`
is not labelled. `completed_by` becomes `reviewed_by`. Photos lie
in the folder of the file, by their path or the end of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, get_args

import numpy as np
from tqdm import tqdm

from ubora.datasets.formats.intake.boxes import fit_box
from ubora.datasets.formats.intake.intake import Intake, Photo, read_card
from ubora.datasets.formats.intake.names import Names, card_for, check_class, means_good
from ubora.datasets.formats.intake.places import at
from ubora.datasets.formats.label_studio.regions import (
    PASSED_OVER,
    REGION_KINDS,
    by_region,
    choices_of,
    drawn_box,
    drawn_mask,
    labels_of,
    severity_of,
    value_of,
)
from ubora.datasets.formats.label_studio.tasks import (
    Annotation,
    Known,
    KnownDefect,
    Result,
    Task,
    find_photo,
    read_tasks,
)
from ubora.datasets.formats.label_studio.writing import (
    CLEAN,
    CONDITION,
    DEFECTIVE,
    FAULTS,
    PIECE,
    UNLABELLED,
    UNPLACED,
    USABLE,
    VARIANCE,
    pixels_of,
)
from ubora.datasets.manifest import CARD, Defect, Manifest, ManifestError, Sample
from ubora.datasets.masks import Mask, box_of
from ubora.datasets.taxonomy import PhotoFault, Severity, Taxonomy


def import_label_studio(intake: Intake) -> Manifest:
    """The photos and labels of one JSON export, or of the `tasks.json` of a folder.

    Raises:
        ManifestError: file, task and region, found and expected.
    """
    account = intake.account
    path, tasks = read_tasks(intake.source, account)
    account.used.add(path)
    names: list[str] = []
    for where, task in tasks:
        names += _classes(task.answer())
        if task.answer() is None:
            account.note("tasks without an answer, not labelled", _number(where))
        if task.disagreement():
            marked = any(answer.ground_truth for answer in task.answers())
            which = "the one marked as ground truth" if marked else "the latest"
            account.note(f"tasks whose annotations disagree, {which} counts", _number(where))
    card = read_card(intake.root)
    if card is not None:
        account.used.add(intake.root / CARD)
    with at(str(path)):
        read = Names(names, card, intake.options.classes, account)
    card = card_for(intake.out.name, card, read, intake.options.classes)
    intake.taxonomy = card.taxonomy
    samples: list[Sample] = []
    for where, task in tqdm(tasks, desc=path.name, disable=None):
        with account.each(where):
            samples.append(_Reading(intake, where, task, read, card.taxonomy).sample())
    return Manifest(intake.out, card, samples)


def _number(where: str) -> str:
    return where.rpartition(": ")[2]


def _classes(answer: Annotation | None) -> Iterator[str]:
    """Names of classes, each as it is written; what is no list of names is a fault of its region."""
    for result in answer.result if answer else ():
        if result.from_name != PIECE and result.type in REGION_KINDS:
            with suppress(ManifestError):
                yield from labels_of(result.value)


class _Reading:
    """One task being read."""

    def __init__(self, intake: Intake, where: str, task: Task, names: Names, taxonomy: Taxonomy) -> None:
        self.intake, self.where, self.names, self.taxonomy = intake, where, names, taxonomy
        self.bad = False
        """Something that was drawn or chosen is bad, so that nothing found is not clean."""
        self.answer = task.answer()
        self.address = task.photo_address()
        self.exported = task.data.ubora is not None
        self.before = task.data.ubora or Known()
        self.known: dict[str, Any] = self.before.model_extra or {}
        self.condition: str | None = None
        self.faults: tuple[str, ...] | None = None
        self.variance: int | None = None
        self.unplaced: list[str] = []

    def sample(self) -> Sample:
        photo = self.intake.take_photo(find_photo(self.intake, self.address), self.before.file_name)
        if self.answer is None:
            return self.intake.sample(photo, self.known)
        drawn, pieces = self._regions(photo)
        defects = self._defects(drawn)
        labels: dict[str, Any] = {"photo_faults": self.faults, "variance": self.variance, "defects": defects}
        piece = self._piece(photo, pieces)
        reviewer = _reviewer(self.answer.completed_by)
        # On import Label Studio signs with whoever imported; only time spent shows that somebody looked.
        if reviewer is not None and (self.answer.lead_time or not self.exported):
            labels["reviewed_by"] = reviewer
        return self.intake.sample(photo, self.known, piece_mask=piece, **labels)

    def _regions(self, photo: Photo) -> tuple[list[tuple[int, Defect]], list[Mask]]:
        """Defects that somebody drew, each with its order, and strokes that mark the piece."""
        assert self.answer is not None
        merged, others = by_region(self.answer.result)
        drawn: list[tuple[int, Defect]] = []
        pieces: list[Mask] = []
        for index, (region, parts) in enumerate(merged.items()):
            with self._each(f"region {region}"):
                for part in parts:
                    if part.type not in (*REGION_KINDS, "choices"):
                        self.intake.account.note(f"passed over, {part.type} of a region", _number(self.where))
                value = value_of(parts, photo.size)
                if any(part.from_name == PIECE for part in parts):
                    pieces.append(drawn_mask(value, photo.size))
                    continue
                labels = labels_of(value)
                if not labels:
                    raise ManifestError("no label; expected one of " + ", ".join(self.taxonomy.defects))
                for name in filter(None, map(self.names.read, labels)):
                    new = KnownDefect(order=len(self.before.regions) + index, name=name)
                    before = self.before.regions.get(region, new)
                    drawn.append((before.order, self._defect(photo, name, value, before, severity_of(parts))))
        for result in others:
            if result.type in PASSED_OVER:
                self.intake.account.note(f"passed over, {result.type}", _number(self.where))
                continue
            with self._each(result.from_name or result.type):
                self._take_answer(result)
        return drawn, pieces

    @contextmanager
    def _each(self, what: str) -> Iterator[None]:
        """One region or answer, of which a fault is noted."""
        assert self.answer is not None
        account = self.intake.account
        before = len(account.faults)
        with account.each(f"{self.where}: annotation {self.answer.id}: {what}"):
            yield
        self.bad |= len(account.faults) > before

    def _defect(
        self, photo: Photo, name: str, value: dict[str, Any], before: KnownDefect, severity: Severity | None
    ) -> Defect:
        """What was exported, with what the region says now."""
        fields = before.model_dump(exclude={"order", "pixels"})
        fields |= {"name": check_class(name, self.taxonomy), "severity": severity}
        if "rle" in value or "points" in value:
            mask = drawn_mask(value, photo.size)
            if not mask.any():
                raise ManifestError("mask without a pixel; expected at least one")
            # The box of a mask that nobody drew on is as it was, perhaps none.
            if before.pixels != pixels_of(mask):
                fields["box"] = box_of(mask)
            file = before.mask or self.intake.mask_name(photo, before.order, name)
            fields["mask"] = self.intake.keep_mask(mask, file, photo)
        else:
            fields["mask"] = None
            fields["box"] = fit_box(drawn_box(value, photo.size, before.box), photo.size)
        return Defect.model_validate(fields)

    def _take_answer(self, result: Result) -> None:
        """A choice or rating of the whole photo."""
        if result.type == "rating":
            self.variance = _level(result.value.get("rating"))
            return
        if result.type != "choices":
            raise ManifestError(
                f"type {result.type!r}; expected one of {', '.join(REGION_KINDS)}, choices, rating"
            )
        chosen = choices_of(result)
        if result.from_name == VARIANCE:
            self.variance = _level(*chosen)
        elif result.from_name == FAULTS:
            self.faults = tuple(choice for choice in chosen if choice != USABLE)
        elif result.from_name == UNPLACED:
            for choice in chosen:
                self._take_class(choice)
        else:
            for choice in chosen:
                self._take_choice(choice, result.from_name)

    def _take_choice(self, choice: str, control: str) -> None:
        name = None if control == CONDITION else self.names.read(choice)
        if name in self.taxonomy.defects:
            self._take_class(choice)
        elif choice in (CLEAN, DEFECTIVE, UNLABELLED):
            self.condition = choice
        elif choice in get_args(PhotoFault):
            self.faults = (*(self.faults or ()), choice)
        elif means_good(choice):
            self.condition = CLEAN
        else:
            known = (CLEAN, DEFECTIVE, UNLABELLED, *get_args(PhotoFault), *self.taxonomy.defects)
            raise ManifestError(f"choice {choice!r}; expected one of {', '.join(known)}")

    def _take_class(self, choice: str) -> None:
        name = self.names.read(choice)
        if name is not None:
            self.unplaced.append(check_class(name, self.taxonomy))

    def _defects(self, drawn: Iterable[tuple[int, Defect]]) -> tuple[Defect, ...] | None:
        defects = [*drawn, *self._unplaced()]
        if self.bad and (not defects or self.condition in (CLEAN, UNLABELLED)):
            return None
        if defects and self.condition in (CLEAN, UNLABELLED):
            raise ManifestError(
                f"condition {self.condition} and {len(defects)} defects; expected one or the other"
            )
        if not defects and self.condition == DEFECTIVE:
            raise ManifestError("condition defective and no defect; expected a region or a choice of a class")
        silent = self.condition is None and not defects and bool(self.answer and self.answer.result)
        if self.condition == UNLABELLED or silent:
            return None
        return tuple(defect for _, defect in sorted(defects, key=lambda item: item[0]))

    def _unplaced(self) -> Iterator[tuple[int, Defect]]:
        """Classes that were chosen without a place: as they were exported, else new."""
        after = len(self.before.regions) + len(self.answer.result if self.answer else ())
        for name in dict.fromkeys(self.unplaced):
            exported = [
                known
                for known in self.before.regions.values()
                if known.name == name and known.mask is None and known.box is None
            ]
            for known in exported or [KnownDefect(order=after, name=name)]:
                yield known.order, Defect.model_validate(known.model_dump(exclude={"order", "pixels"}))

    def _piece(self, photo: Photo, strokes: Sequence[Mask]) -> str | None:
        file = self.before.piece_mask or self.intake.mask_name(photo, PIECE)
        if not strokes and not self.before.piece_is_empty:
            return None
        mask = np.logical_or.reduce(strokes) if strokes else np.zeros(photo.size, np.bool_)
        return self.intake.keep_mask(mask, file, photo)


def _level(*said: Any) -> int:
    try:
        (level,) = said
        return int(level)
    except (TypeError, ValueError):
        raise ManifestError(f"expected one variance level 1 to 5, found {said}") from None


def _reviewer(completed_by: int | str | dict[str, Any] | None) -> str | None:
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("email") or completed_by.get("id")
    return None if completed_by is None else str(completed_by)
