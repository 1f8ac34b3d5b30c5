"""Counts by split, class, material, category and level, and whether variance is independent of defects.

ubora data stats datasets/sample
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from datasets.manifest import Manifest, Sample, read_manifest
from datasets.taxonomy import SPLITS, VARIANCE_LEVELS


def describe(manifest: Manifest) -> dict[str, Any]:
    """Counts of photos (and pieces) of a dataset, ready for JSON."""
    samples = manifest.samples
    return {
        "name": manifest.card.name,
        "fingerprint": manifest.fingerprint(),
        "photos": len(samples),
        "pieces": len({s.piece_id for s in samples}),
        "designs": len({s.design for s in samples if s.design}),
        "microfactories": len({s.microfactory for s in samples if s.microfactory}),
        "splits": {
            split: {
                "photos": len(part := manifest.split(split)),
                "pieces": len({s.piece_id for s in part}),
                "defective": sum(bool(s.defects) for s in part),
            }
            for split in SPLITS
        },
        "defects": _count(manifest.card.taxonomy.defects, [n for s in samples for n in s.defect_names()]),
        "clean": sum(s.defects == () for s in samples),
        "unlabelled": sum(s.defects is None for s in samples),
        "materials": _count(manifest.card.taxonomy.materials, [s.material for s in samples]),
        "categories": _count(manifest.card.taxonomy.categories, [s.category for s in samples]),
        "photo_faults": dict(Counter(f for s in samples for f in s.photo_faults or ())),
        "variance": {str(level): _level(samples, level) for level in VARIANCE_LEVELS},
    }


def _level(samples: tuple[Sample, ...], level: int) -> dict[str, int]:
    chosen = [s for s in samples if s.variance == level]
    return {"clean": sum(s.defects == () for s in chosen), "defective": sum(bool(s.defects) for s in chosen)}


def _count(names: tuple[str, ...], found: list[Any]) -> dict[str, int]:
    counts = Counter(found)
    return {name: counts[name] for name in names if counts[name]}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    facts = describe(read_manifest(args.dataset))
    if args.json:
        print(json.dumps(facts, indent=2))
        return 0
    print(
        f"{facts['name']}: {facts['photos']} photos of {facts['pieces']} pieces, {facts['designs']} designs"
    )
    print(f"fingerprint {facts['fingerprint']}")
    for split, counts in facts["splits"].items():
        print(f"  {split:<6} {counts['photos']:>6} photos {counts['pieces']:>6} pieces", end="")
        print(f" {counts['defective']:>6} defective")
    for title in ("defects", "materials", "categories", "photo_faults"):
        if facts[title]:
            print(f"{title:<13}" + "  ".join(f"{name} {count}" for name, count in facts[title].items()))
    print(f"clean {facts['clean']}, not labelled for defects {facts['unlabelled']}")
    print(
        "variance     "
        + "  ".join(f"{k}: {v['clean']}+{v['defective']}" for k, v in facts["variance"].items())
    )
    print("             (level: clean + defective photos)")
    return 0
