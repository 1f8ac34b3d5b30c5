"""What is kept of a piece: photos, masks, and, written last, `pieces/<piece>.json` with its samples."""

import json
from pathlib import Path, PurePosixPath

from ubora.datasets.manifest import TWIN, Defect, Sample, sample_id, write_whole
from ubora.datasets.masks import box_of, png_of
from ubora.datasets.render.photograph import Photograph, Twin
from ubora.datasets.render.piece import APPROVED, Made
from ubora.datasets.splits import split_of
from ubora.datasets.taxonomy import Split

PIECES = "pieces"
DESIGN_SPLIT_SEED = 9
"""Holds out designs of every category and material; the first such seed of about an eighth."""


def piece_id(seed: int, number: int) -> str:
    """The name of a piece of a set, or of the approved sample of a design."""
    return f"r{seed}-approved-{number - APPROVED:03d}" if number >= APPROVED else f"r{seed}-{number:05d}"


def split_for(name: str, design: str) -> Split:
    """By piece; all pieces of every eighth design, chosen by its name, stand apart as `test_designs`.

    Args:
        design: of the catalogue; its cousins stand where it does.
    """
    if split_of(design, DESIGN_SPLIT_SEED, (7 / 8, 1 / 8, 0)) != "train":
        return "test_designs"
    # What the hub approved is shown to everybody, so it can be learnt from.
    return "train" if "-approved-" in name else split_of(name)


def keep(out: Path, seed: int, made: Made, photos: list[Photograph], suffix: str) -> None:
    """The piece's files, then its JSON."""
    name = piece_id(seed, made.number)
    samples = []
    for number, photo in enumerate(photos):
        samples.append(_stored(out, seed, made, name, number, photo, suffix))
        if photo.twin is not None:
            samples.append(_stored_twin(out, samples[-1], photo.twin))
    text = json.dumps([json.loads(s.model_dump_json(exclude_none=True)) for s in samples])
    write_whole(out / PIECES / f"{name}.json", text.encode())


def _stored(
    out: Path, seed: int, made: Made, name: str, number: int, photo: Photograph, suffix: str
) -> Sample:
    stem = f"{name}-{number}{photo.view}"
    write_whole(out / "photos" / f"{stem}.{suffix}", photo.file)
    write_whole(out / "masks" / f"{stem}-piece.png", png_of(photo.piece))
    stored = []
    for index, seen in enumerate(photo.defects):
        mask = f"masks/{stem}-{index}{seen.name}.png"
        write_whole(out / mask, png_of(seen.mask))
        stored.append(
            Defect(name=seen.name, severity=seen.severity, box=box_of(seen.mask), mask=mask, shown=seen.shown)
        )
    return Sample(
        file_name=f"photos/{stem}.{suffix}",
        sample_id=sample_id(photo.file),
        piece_id=name,
        microfactory=made.microfactory,
        design=made.design.name,
        material=made.design.material,
        category=made.design.category,
        stage="raw",
        view=photo.view,
        defects=tuple(stored),
        piece_mask=f"masks/{stem}-piece.png",
        variance=None if photo.fault == "no_piece" else made.hand.level,
        photo_faults=(photo.fault,) if photo.fault else (),
        split=split_for(name, made.design.of_book),
        source="rendered",
        approved_sample=True if made.number >= APPROVED else None,
        light=photo.light,
        camera=photo.camera,
        seed=seed,
    )


def _stored_twin(out: Path, sample: Sample, twin: Twin) -> Sample:
    """The photo again, of the piece as it would be without its defects."""
    photo = PurePosixPath(sample.file_name)
    stem = f"{photo.stem}{TWIN}"
    write_whole(out / "photos" / f"{stem}{photo.suffix}", twin.file)
    write_whole(out / "masks" / f"{stem}-piece.png", png_of(twin.piece))
    return sample.model_copy(
        update={
            "file_name": f"photos/{stem}{photo.suffix}",
            "sample_id": sample_id(twin.file),
            "defects": (),
            "piece_mask": f"masks/{stem}-piece.png",
        }
    )
