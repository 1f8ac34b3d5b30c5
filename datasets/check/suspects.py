"""Labels that a network strongly disagrees with, from a file: this room runs no network.

ubora inspect FOLDER/photos/* --json > said.jsonl
ubora data check FOLDER --predictions said.jsonl

ValueError
└── PredictionsError    a line that is not an answer of `ubora inspect --json`, or none that fits the dataset
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ubora.datasets.check.problems import Problem, place
from ubora.datasets.manifest import METADATA, Manifest, Sample

STRONG = 2.0
"""Log-odds between a score and its threshold from which the two disagree strongly: odds of about 7 to 1."""
_CLOSE = 1e-6
_CHOSEN = (0.001, 0.999)

Probability = Annotated[float, Field(ge=0, le=1)]


class PredictionsError(ValueError):
    """What was found, what was expected, in which line."""


class Answer(BaseModel):
    """What is needed of a line of `ubora inspect --json`; the verdict's own fields are left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    photo: str
    sample_id: str | None = None
    release: str = "the network"
    scores: dict[str, Probability]
    thresholds: dict[str, Probability]


@dataclass(frozen=True)
class Suspect:
    sample: Sample
    strength: float
    """Log-odds by which the worst class is on the wrong side of its threshold."""
    reasons: tuple[str, ...]
    """A sentence a class, the worst first."""


def read_answers(lines: Iterable[str], source: str) -> list[Answer]:
    """One JSON object a line; blank lines are allowed.

    Raises:
        PredictionsError: a line is not such an object; the message starts with `source:line:`.
    """
    answers = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answers.append(Answer.model_validate_json(line))
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in fault["loc"]) or "line"
            message = f"{field}: {fault['msg']}; expected a line of `ubora inspect --json`"
            raise PredictionsError(f"{source}:{number}: {message}") from None
    return answers


def find_suspects(manifest: Manifest, answers: Iterable[Answer], source: str) -> tuple[list[Suspect], int]:
    """The samples whose labels and scores disagree strongly, most suspicious first, and how many matched.

    An answer belongs to the sample of the same `sample_id`, else to the one whose file its `photo` names.

    Raises:
        PredictionsError: no answer belongs to any sample.
    """
    matched = _match(manifest, answers)
    if not matched:
        message = f"no line names a photo of {manifest.root}; expected its paths or sample_ids"
        raise PredictionsError(f"{source}: {message}")
    suspects = [
        suspect
        for sample in manifest
        if (answer := matched.get(sample.file_name)) and (suspect := _suspect(sample, answer))
    ]
    return sorted(suspects, key=lambda suspect: -suspect.strength), len(matched)


def check_labels(
    manifest: Manifest, lines: Mapping[str, int], answers: Iterable[Answer], source: str
) -> list[Problem]:
    """Suspicious labels as warnings, most suspicious first; and how many photos had no prediction.

    Raises:
        PredictionsError: as `find_suspects`.
    """
    suspects, matched = find_suspects(manifest, answers, source)
    problems = [
        Problem(
            "suspicious label",
            "warning",
            place(lines, (suspect.sample,), suspect.sample.file_name),
            "; ".join(suspect.reasons),
            (suspect.sample.file_name,),
        )
        for suspect in suspects
    ]
    if matched < len(manifest):
        detail = f"{len(manifest) - matched} of {len(manifest)} photos are not in {source}"
        problems.append(Problem("no prediction", "warning", METADATA, detail))
    return problems


def _suspect(sample: Sample, answer: Answer) -> Suspect | None:
    # What a network says of a photo without a piece says nothing about a label.
    if sample.defects is None or "no_piece" in (sample.photo_faults or ()):
        return None
    disagreements = sorted(_disagreements(sample, answer), reverse=True)
    if not disagreements:
        return None
    return Suspect(sample, disagreements[0][0], tuple(reason for _, reason in disagreements))


def _disagreements(sample: Sample, answer: Answer) -> Iterator[tuple[float, str]]:
    labelled = sample.defect_names()
    for name, threshold in answer.thresholds.items():
        # A threshold at an end was not chosen, but never or always flags.
        if name not in answer.scores or not _CHOSEN[0] < threshold < _CHOSEN[1]:
            continue
        score = answer.scores[name]
        above = _log_odds(score) - _log_odds(threshold)
        said = f"scored {score:.2f}, its threshold is {threshold:.2f}"
        if name in labelled and above <= -STRONG:
            yield -above, f"labelled {name}, but {said}"
        elif name not in labelled and above >= STRONG:
            yield above, f"{'clean' if not labelled else f'{name} not labelled'}, but {name} {said}"


def _log_odds(probability: float) -> float:
    inside = min(max(probability, _CLOSE), 1 - _CLOSE)
    return math.log(inside / (1 - inside))


def _match(manifest: Manifest, answers: Iterable[Answer]) -> dict[str, Answer]:
    """File name of a sample → the last answer for it."""
    by_id = {sample.sample_id: sample.file_name for sample in manifest}
    by_path = {str(manifest.path(sample.file_name).resolve()): sample.file_name for sample in manifest}
    names = {sample.file_name for sample in manifest}
    matched = {}
    for answer in answers:
        name = by_id.get(answer.sample_id or "") or by_path.get(str(Path(answer.photo).resolve()))
        if name is None:
            # Inspected from another folder: the end of the path names the photo.
            parts = PurePath(answer.photo).parts
            tails = ("/".join(parts[start:]) for start in range(len(parts)))
            name = next((tail for tail in tails if tail in names), None)
        if name is not None:
            matched[name] = answer
    return matched
