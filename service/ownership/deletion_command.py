"""A piece, a photo, a voice note or everything of a phone, deleted for good from a shell of the server.

    ubora admin delete piece INSPECTION --reason "sent by mistake"    with every inspection of the piece
    ubora admin delete photo INSPECTION 0 --reason "a child's face"
    ubora admin delete voice INSPECTION APPEAL --reason "asked for by the workshop"
    ubora admin delete contest-photo INSPECTION APPEAL --reason "…"
    ubora admin delete answer ANSWER --reason "…"                     its voice note, to a corrective action
    ubora admin delete phone TOKEN --reason "…"                       all that it sent; revoke it first

It asks once more, unless --yes is given. Works on the ledger of --data, beside a running service.
"""

import argparse
import getpass
import os
import sys
from pathlib import Path

from pydantic import ValidationError

from ubora.service.http.errors import Problem
from ubora.service.ledger.database import Ledger, sqlite_file
from ubora.service.ownership.deletions import DeletionBody, delete
from ubora.service.settings import Settings
from ubora.service.storage.stores import open_store, open_uploads


class DeletionError(ValueError):
    """What was asked for cannot be deleted: why, in one line."""


def configure_delete(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(
        dest="what", required=True, metavar="piece|photo|voice|contest-photo|answer|phone"
    )
    for what, told in (
        ("piece", "the piece of an inspection, with every inspection of it"),
        ("photo", "one photo of an inspection"),
        ("voice", "the voice note of a contest"),
        ("contest-photo", "the photo of a contest"),
        ("answer", "the voice note of an answer to a corrective action"),
        ("phone", "everything that a phone sent"),
    ):
        kind = kinds.add_parser(what, help=told)
        whose = {"phone": "the phone's token id", "answer": "the answer's UUID"}
        kind.add_argument("id", help=whose.get(what, "the inspection's UUID"))
        if what == "photo":
            kind.add_argument("index", type=int, help="0 is the first")
        if what in ("voice", "contest-photo"):
            kind.add_argument("appeal", help="the contest's UUID")
        kind.add_argument("--reason", required=True, help="kept in the audit")
        kind.add_argument("--yes", action="store_true", help="do not ask once more")
        kind.add_argument("--data", type=Path, help="the folder of the ledger and the photos (var)")
        kind.add_argument(
            "--database-url", help="postgresql://USER@HOST/DATABASE instead of SQLite in the data folder"
        )


def run_delete(args: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ, data=args.data, database_url=args.database_url)
    path = sqlite_file(settings.ledger_url())
    if path is not None and not path.exists():
        raise DeletionError(f"{path}: no ledger there; give the --data of the service")
    body = _body(args)
    if not args.yes:
        print(f"Delete this {args.what} for good? Type yes: ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip() != "yes":
            raise DeletionError("nothing was deleted; expected yes")
    store = open_store(settings)
    ledger = Ledger.open(settings.ledger_url(), zone=settings.zone)
    try:
        uploads = open_uploads(settings, ledger)
        done = delete(ledger, store, uploads, body, f"{getpass.getuser()} at the server")
    except Problem as problem:
        raise DeletionError(problem.detail) from None
    finally:
        ledger.close()
    counts = ((done.inspections, "inspection"), (done.photos, "photo"), (done.voices, "voice note"))
    told = ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts)
    print(f"deleted   {told}")
    if done.left_designs:
        print(f"left      stands no longer for: {', '.join(done.left_designs)}")
    if done.same_photo_in:
        print(f"stays     the very same photo in: {', '.join(done.same_photo_in)}")
    return 0


def _body(args: argparse.Namespace) -> DeletionBody:
    told: dict[str, object] = {
        "reason": args.reason,
        args.what if args.what in ("phone", "answer") else "inspection": args.id,
    }
    if args.what == "photo":
        told["photo"] = args.index
    if args.what in ("voice", "contest-photo"):
        told |= {"appeal": args.appeal, "part": "voice" if args.what == "voice" else "photo"}
    try:
        return DeletionBody.model_validate(told)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise DeletionError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
