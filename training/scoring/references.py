"""Beside what a judged photo is compared: the approved samples of its design, another design's, or nothing.

    references = References(judge, manifest, beside="own", most=2)
    scored = score(judge, manifest.split("test"), references)

Approved photos of any split stand for their design, then, where more are asked for, clean photos of other
pieces of it; never one of the judged piece.
"""

from itertools import islice
from typing import Literal, get_args

import numpy as np

from ubora.datasets.manifest import Manifest, Sample
from ubora.models.inference.bank import Approved, Bank
from ubora.training.scoring.predictions import Predictor

Beside = Literal["own", "wrong", "none"]
BESIDES: tuple[Beside, ...] = get_args(Beside)


class References:
    """Banks for the photos of one dataset, each made once.

    Args:
        beside: own samples, those of another design of the same category, or none.
        most: photos of a bank; fewer where a design has fewer.
        spoiled: put a photo that shows a defect of another piece after them, as if accepted by mistake.
    """

    def __init__(
        self,
        predictor: Predictor,
        manifest: Manifest,
        *,
        beside: Beside = "own",
        most: int = 2,
        spoiled: bool = False,
        seed: int = 0,
    ) -> None:
        self._judge, self._manifest, self._beside, self._most = predictor, manifest, beside, most
        self._seed, self._spoiled = seed, spoiled
        self._seen: dict[str, Approved] = {}
        self._banks: dict[tuple[str, ...], Bank | None] = {}
        self._offered: dict[str, list[Sample]] = {}
        for sample in sorted(manifest, key=lambda s: (not s.approved_sample, s.sample_id)):
            if sample.design is not None and stands(sample):
                self._offered.setdefault(sample.design, []).append(sample)
        self._bad = [s for s in manifest if s.design is not None and s.defects and not s.photo_faults]

    def photos(self, sample: Sample) -> list[Sample]:
        """What a photo is compared with."""
        if self._beside == "none" or sample.design is None:
            return []
        design = sample.design if self._beside == "own" else self._another(sample)
        offered = self._offered.get(design or "", [])
        chosen = [s for s in offered if s.piece_id != sample.piece_id][: self._most]
        if self._spoiled:
            bad = (s for s in self._bad if s.design == design and s.piece_id != sample.piece_id)
            chosen += islice(bad, 1)
        return chosen

    def bank(self, sample: Sample) -> Bank | None:
        """The same as a bank; None of a judge that compares nothing, or where there is nothing."""
        chosen = self.photos(sample)
        key = tuple(s.file_name for s in chosen)
        if key not in self._banks:
            self._banks[key] = self._judge.bank([self._approved(s) for s in chosen]) if chosen else None
        return self._banks[key]

    def _approved(self, sample: Sample) -> Approved:
        if sample.file_name not in self._seen:
            data = self._manifest.path(sample.file_name).read_bytes()
            self._seen[sample.file_name] = self._judge.approved(data)
        return self._seen[sample.file_name]

    def _another(self, sample: Sample) -> str | None:
        """A design whose samples are not the photo's, of its category where there is one."""
        others = [
            design
            for design, offered in self._offered.items()
            if design != sample.design and offered[0].category == sample.category
        ] or [design for design in self._offered if design != sample.design]
        if not others:
            return None
        random = np.random.default_rng((self._seed, int(sample.sample_id[:12], 16)))
        return sorted(others)[int(random.integers(len(others)))]


def stands(sample: Sample) -> bool:
    """Whether a photo may stand for an approved one."""
    return sample.defects == () and not sample.photo_faults
