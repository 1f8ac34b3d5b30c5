"""One verdict a photo, without a server.

    ubora inspect bangle.jpg
    ubora inspect photos/*.jpg --json
    ubora inspect photos/*.jpg --save marked    # each photo with its heat and a box around what was found
    ubora inspect bangle.jpg --approved-sample sample-front.jpg sample-side.jpg    # of its design
    ubora inspect tile.jpg --approved-sample good-tile.jpg --whole    # a photo that is all surface

Exit code 1 where a file is not a photo that can be inspected; the others are still answered.
"""

import argparse
import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ubora.models.inference.approved import DesignMatch, approved_of, compare_with
from ubora.models.inference.bank import Approved, bank_of
from ubora.models.inference.inspector import Inspector
from ubora.models.inference.photo_faults import INSTRUCTIONS, photo_faults
from ubora.models.inference.preprocess import OpenPhoto, PhotoError
from ubora.models.marked import marked_photo, save_beside_others
from ubora.models.record import BundleRecord
from ubora.models.registry.releases import release_folder, releases_option
from ubora.models.signing import trusted_keys, trusted_option
from ubora.models.verdict import Verdict, decide


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", type=Path, nargs="+", metavar="PHOTO", help="JPEG, PNG or WebP files")
    parser.add_argument("--release", default="champion", help="a release or an alias (%(default)s)")
    releases_option(parser)
    trusted_option(parser)
    parser.add_argument(
        "--approved",
        type=int,
        nargs=2,
        default=(1, 5),
        metavar=("LOW", "HIGH"),
        help="variance levels that the design approves (1 5)",
    )
    parser.add_argument(
        "--approved-sample", type=Path, nargs="+", default=(), metavar="FILE", help="photos to compare with"
    )
    parser.add_argument(
        "--whole", action="store_true", help="photos that are all surface: no piece is looked for"
    )
    parser.add_argument(
        "--save",
        type=Path,
        metavar="DIR",
        help="write each photo there with its marks and heat, a new file each",
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line, which `data check --predictions` reads"
    )


def run(args: argparse.Namespace) -> int:
    trusted = trusted_keys(args.release_keys)
    inspector = Inspector.load(release_folder(args.releases, args.release), trusted=trusted)
    record = inspector.record
    approved = [_approved(inspector, path, whole=args.whole) for path in args.approved_sample]
    bank = None
    if record.bank is not None:
        bank = bank_of(record.name, record.bank.descriptor_size, approved)
    elif approved and record.approved is None:
        print(f"{record.name} has no limits for approved samples; they decide nothing", file=sys.stderr)
    if record.bank is not None and not approved:
        print("judged without an approved sample; --approved-sample gives one", file=sys.stderr)
    if args.save is not None:
        args.save.mkdir(parents=True, exist_ok=True)
    faults = 0
    for path in args.photos:
        try:
            data = path.read_bytes()
            photo = OpenPhoto(data, at_least=inspector.looked_at_px)
            prediction = inspector.inspect(photo, bank, whole=args.whole)
        except (PhotoError, OSError) as error:
            faults += 1
            print(f"{path}: {error}", file=sys.stderr)
            continue
        beside = compare_with(prediction, approved)
        verdict = decide(prediction, record, tuple(args.approved), detail=args.whole, beside=beside)
        if unusual := photo.unusual():
            print(f"{path}: {', '.join(unusual)}; read as 8-bit sRGB", file=sys.stderr)
        saved = None
        if args.save is not None:
            saved = save_beside_others(marked_photo(data, prediction, verdict, record), args.save, path)
        if args.json:
            answer: dict[str, Any] = {
                "photo": str(path),
                "sample_id": hashlib.sha256(data).hexdigest(),
                "release": record.name,
                **asdict(verdict),
                "approved_photos": len(approved),
                "approved_distance": None if beside is None else beside.distance,
                "scores": prediction.scores,
                "thresholds": {d.name: d.threshold for d in record.deciding(len(approved))[0]},
            }
            print(json.dumps(answer if saved is None else answer | {"saved": str(saved)}))
        else:
            near = "" if beside is None else _nearness(record, beside)
            print(_line(path, verdict) + near + ("" if saved is None else f" → {saved}"))
    return 1 if faults else 0


def _approved(inspector: Inspector, path: Path, *, whole: bool) -> Approved:
    try:
        prediction = inspector.inspect(path.read_bytes(), whole=whole)
    except PhotoError as error:
        raise PhotoError(f"--approved-sample {path}: {error}") from None
    faults = photo_faults(prediction.measures, inspector.record.gate, detail=whole)
    if "no_piece" in faults:
        raise PhotoError(f"--approved-sample {path}: no piece was found on it; expected one to compare with")
    if faults:
        # It is compared with all the same: a poor sample is better than none, and it was asked for.
        print(f"--approved-sample {path}: a poor one: {INSTRUCTIONS[faults[0]]}", file=sys.stderr)
    return approved_of(prediction, inspector.record.name)


def _nearness(record: BundleRecord, beside: DesignMatch) -> str:
    """How near it is to its approved samples, and how far pieces of the design go."""
    far = "" if record.approved is None else f", its design goes to {record.approved.max_distance:.2f}"
    return f"; {beside.distance:.2f} from its approved samples{far}"


def _line(path: Path, verdict: Verdict) -> str:
    reasons = "; ".join(verdict.reasons) or "nothing found"
    return f"{path}: {verdict.outcome}, variance level {verdict.variance_level}: {reasons}"
