"""Coins: good pieces of real metal, outlined, for a network that has seen rendered photographs alone.

ubora data import coins PATH/TO/coins --out var/coins
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from ubora.datasets.formats.intake.intake import Intake
from ubora.datasets.formats.intake.places import at
from ubora.datasets.manifest import DatasetCard, Manifest, ManifestError, Sample
from ubora.datasets.splits import split_of
from ubora.datasets.taxonomy import JEWELRY

_LIST = "coins.csv"
_SPLIT_SEED, _SPLIT_SHARES = 0, (0.6, 0.2, 0.2)


def import_coins(intake: Intake) -> Manifest:
    """Crops around coins, a mask of the coin of the same stem in `masks/`, and coins.csv: file, source.

    A coin in circulation is worn, and nothing on it is a defect: photos are clean pieces of jewelry's own
    list of defects, so that `ubora data join` puts them beside jewelry. The split is by the photograph that a
    crop comes from, for coins of one photograph share its light, ground and phone.
    Source: github.com/kaa/coins-dataset, © 2018 Joakim Beijar, MIT.

    Raises:
        ManifestError: no coins.csv, a line of it that is not file and source, or a photo without its mask.
    """
    listed = intake.root / _LIST
    if not listed.is_file():
        raise ManifestError(f"{intake.root}: no {_LIST}; expected the coins folder")
    card = DatasetCard(
        name="coins",
        description="Euro coins on paper, wood, cloth and stone, taken with phones, each with its outline.",
        licence="MIT, © 2018 Joakim Beijar",
        source="github.com/kaa/coins-dataset",
        taxonomy=JEWELRY,
    )
    return Manifest(intake.out, card, list(_samples(intake, listed)))


def _samples(intake: Intake, listed: Path) -> Iterator[Sample]:
    intake.account.used.add(listed)
    try:
        with listed.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(f"{listed}: expected CSV in UTF-8, found {error}") from None
    if not rows or rows[0] != ["file", "source"]:
        raise ManifestError(f"{listed}:1: expected file,source; found {','.join(rows[0] if rows else [])!r}")
    for number, row in enumerate(tqdm(rows[1:], desc="coins", disable=None), start=2):
        where = f"{listed}:{number}"
        if len(row) != 2 or not all(row):
            raise ManifestError(f"{where}: expected a file and the photograph it is of, found {row}")
        name, photograph = row
        with at(where):
            path = intake.find(name, ("photos",))
            photo = intake.take_photo(path, f"photos/{path.name}")
            outline = intake.root / "masks" / f"{path.stem}.png"
            mask = _outline(outline)
            intake.account.used.add(outline)
            yield intake.sample(
                photo,
                {},
                piece_id=f"coin-{path.stem}",
                defects=(),
                piece_mask=intake.keep_mask(mask, f"masks/{path.stem}-piece.png", photo),
                split=split_of(photograph, _SPLIT_SEED, _SPLIT_SHARES),
                source="public",
            )


def _outline(path: Path) -> np.ndarray:
    drawn = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
    if drawn is None:
        raise ManifestError(f"{path}: not a readable mask; expected the coin's outline, white on black")
    return np.asarray(drawn) > 127
