"""One thing that is wrong with a dataset, and where in its manifest.

lines = manifest_lines(root)          # file name of a photo → its line of metadata.jsonl
place(lines, samples, "piece-7")      # "metadata.jsonl:3, 17: piece-7"
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from ubora.datasets.manifest import METADATA, Sample

MAX_LINES_NAMED = 6


@dataclass(frozen=True)
class Problem:
    """A fault would spoil a training or a figure; a warning may be intended."""

    kind: str
    level: Literal["fault", "warning"]
    where: str
    detail: str
    """What was found, and what was expected."""
    photos: tuple[str, ...] = ()
    """File names of the photos in question, to be shown beside it."""


def manifest_lines(root: Path) -> dict[str, int]:
    """The line of `metadata.jsonl`, counted from 1 with its blank lines, of every photo's file name.

    Lines that are not an object with a file name are left out; `read_manifest` refuses them.
    """
    line_of: dict[str, int] = {}
    with (root / METADATA).open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            name = json.loads(line).get("file_name")
            if isinstance(name, str):
                line_of[name] = number
    return line_of


def bad_lines(root: Path) -> list[Problem]:
    """Every line of `metadata.jsonl` that is no Sample, or names a file that is not there.

    `read_manifest` stops at the first; who mends a file by hand wants to know of them all.
    """
    problems = []
    with (root / METADATA).open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                missing = [n for n in Sample.model_validate_json(line).files() if not (root / n).is_file()]
                faults = [f"{name} does not exist in {root}" for name in missing]
            except ValidationError as error:
                faults = [
                    f"{'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}"
                    for fault in error.errors(include_url=False)
                ]
            problems += [Problem("manifest", "fault", f"{METADATA}:{number}", fault) for fault in faults]
    return problems


def place(lines: Mapping[str, int], samples: Iterable[Sample], name: str) -> str:
    """Where a problem of several samples stands: their lines, and the name they share."""
    numbers = sorted(lines[sample.file_name] for sample in samples)
    named = ", ".join(str(number) for number in numbers[:MAX_LINES_NAMED])
    more = len(numbers) - MAX_LINES_NAMED
    return f"{METADATA}:{named}{f' and {more} more' if more > 0 else ''}: {name}"
