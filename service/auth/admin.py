"""Staff and phones from a shell of the server.

    ubora admin staff add "Wanjiku" --role reviewer      asks for a password, or --generate makes one
    ubora admin staff list
    ubora admin staff password "Wanjiku"                 forgotten: a new one, and all sessions are over
    ubora admin staff role "Wanjiku" admin
    ubora admin staff disable "Wanjiku"                  out, at once; enable lets them in again
    ubora admin enrol mf-kibera-01 --label "Akinyi"      a QR for the phone, good once and for 15 minutes

Each works on the ledger of --data (or UBORA_DATA, UBORA_DATABASE_URL), beside a running service.
"""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.models.naming import did_you_mean
from ubora.service.auth.enrolments import invite
from ubora.service.auth.staff import add_staff, find_staff, last_uses, set_disabled, set_password, set_role
from ubora.service.http.errors import Problem
from ubora.service.http.schemas import is_name
from ubora.service.ledger.database import Ledger, sqlite_file
from ubora.service.ledger.tables import Microfactory, Staff
from ubora.service.secrets.passwords import Passwords, fault_of, new_password
from ubora.service.secrets.private_files import tighten
from ubora.service.settings import Settings

ROLES = ("reviewer", "engineer", "admin")


class AdminError(ValueError):
    """What was asked for cannot be done: why, in one line."""


def configure_staff(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="add|list|password|role|disable|enable")
    _add_ledger_options(verbs.add_parser("list", help="who may log in, and when they were here last"))
    for what, told in (
        ("add", "somebody new"),
        ("password", "a new password; their sessions are over"),
        ("role", "another role"),
        ("disable", "may not log in any more; their sessions are over"),
        ("enable", "may log in again"),
    ):
        verb = verbs.add_parser(what, help=told)
        _add_ledger_options(verb)
        verb.add_argument("name", help="as the person types it to log in")
        if what == "add":
            verb.add_argument("--role", choices=ROLES, default="reviewer", help="reviewer")
        if what == "role":
            verb.add_argument("role", choices=ROLES, help="the new one")
        if what in ("add", "password"):
            verb.add_argument("--generate", action="store_true", help="make a password and show it once")


def run_staff(args: argparse.Namespace) -> int:
    """Passwords are asked for twice on a terminal, and read as one line of standard input elsewhere."""
    ledger = _ledger(_settings(args))
    password = kept = None
    try:
        if args.what in ("add", "password"):
            password = new_password() if args.generate else _typed_password(args)
            # Hashed before the ledger is locked.
            kept = Passwords().hash(password)
        if args.what == "list":
            with ledger.read() as session:
                _print_staff(session)
            return 0
        with ledger.write() as session:
            done = _changed(session, args, kept)
    except Problem as problem:
        raise AdminError(problem.detail) from None
    finally:
        ledger.close()
    if password is not None and args.generate:  # kept by now, so that none is shown that opens nothing
        print(f"password  {password}\n          shown once; to be changed in the console")
    print(done)
    return 0


def configure_enrol(parser: argparse.ArgumentParser) -> None:
    _add_ledger_options(parser)
    parser.add_argument("microfactory", help="the workshop's code")
    parser.add_argument("--label", default="phone", help="whose phone, for the list of phones (phone)")
    parser.add_argument("--url", help="where phones reach the service (UBORA_PUBLIC_URL)")


def run_enrol(args: argparse.Namespace) -> int:
    settings = _settings(args, public_url=args.url)
    origin = settings.public_url or f"http://{settings.host}:{settings.port}"
    if not is_name(args.label):
        raise AdminError(f"--label: expected 1 to 120 readable characters, found {args.label!r}")
    ledger = _ledger(settings)
    try:
        with ledger.write() as session:
            row = session.get(Microfactory, args.microfactory)
            if row is not None and row.closed_at is not None:
                raise AdminError(f"{row.id} is closed since {row.closed_at:%Y-%m-%d}; open it again first")
            if row is None:
                known = session.scalars(select(Microfactory.id).order_by(Microfactory.id)).all()
                raise AdminError(f"no workshop {_unknown(args.microfactory, known)}")
            made = invite(session, _actor(), args.microfactory, args.label, origin)
    finally:
        ledger.close()
    segno.make(made.link, error="m", micro=False).terminal(compact=True)
    print(f"link      {made.link}\ncode      {made.code}")
    print(f"good once, until {made.expires_at.astimezone():%H:%M}; for {args.label}, {args.microfactory}")
    if origin.startswith(("http://127.0.0.1", "http://localhost")):
        print("This link opens on this machine only: give --url, or set UBORA_PUBLIC_URL.", file=sys.stderr)
    return 0


def _add_ledger_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="the folder of the ledger (var)")
    parser.add_argument(
        "--database-url", help="postgresql://USER@HOST/DATABASE instead of SQLite in the data folder"
    )


def _settings(args: argparse.Namespace, **more: str | None) -> Settings:
    settings = Settings.from_environment(os.environ, data=args.data, database_url=args.database_url, **more)
    for path in tighten(settings):
        print(f"{path}: other accounts may read it, and it is not this account's to close", file=sys.stderr)
    return settings


def _ledger(settings: Settings) -> Ledger:
    path = sqlite_file(settings.ledger_url())
    if path is not None and not path.exists():
        raise AdminError(f"{path}: no ledger there; start `ubora serve` once, or give its --data")
    return Ledger.open(settings.ledger_url(), zone=settings.zone)


def _actor() -> str:
    return f"{getpass.getuser()} at the server"


def _typed_password(args: argparse.Namespace) -> str:
    if sys.stdin.isatty():
        typed = getpass.getpass("password: ")
        if getpass.getpass("once more: ") != typed:
            raise AdminError("the two passwords differ; nothing was changed")
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    fault = fault_of(typed, args.name)
    if fault is not None:
        raise AdminError(f"password: {fault}")
    return typed


def _unknown(name: str, known: Sequence[str]) -> str:
    expected = ", ".join(known[:20]) or "none yet"
    return f"{name!r}{did_you_mean(name, known)}; expected one of: {expected}"


def _changed(session: Session, args: argparse.Namespace, kept: str | None) -> str:
    if args.what == "add":
        assert kept is not None
        person = add_staff(session, _actor(), args.name, args.role, kept)
        return f"added     {person.name}, {person.role}"
    member = find_staff(session, args.name)
    if member is None:
        names = session.scalars(select(Staff.name).order_by(Staff.name_key)).all()
        raise AdminError(f"nobody is named {_unknown(args.name, names)}")
    if args.what == "password":
        assert kept is not None
        set_password(session, _actor(), member, kept)
        return f"new       password of {member.name}"
    if args.what == "role":
        set_role(session, _actor(), member, args.role)
        return f"role      {member.name}, {member.role}"
    set_disabled(session, _actor(), member, args.what == "disable")
    return f"{args.what + 'd':<9} {member.name}"


def _print_staff(session: Session) -> None:
    used = last_uses(session)
    for person in session.scalars(select(Staff).order_by(Staff.name_key)):
        at = used.get(person.id)
        last = "never here" if at is None else f"last here {at:%Y-%m-%d %H:%M} UTC"
        print(f"{person.name:<30} {person.role:<9} {'disabled' if person.disabled_at else last}")
