"""The `ubora` command: finds the room a verb lives in, loads only that room, and runs it.

    ubora serve --demo
    ubora data check datasets/sample
    ubora data --help                   # the verbs of a group; `ubora help data check` is `… check --help`

A verb's module offers `configure(parser)` and `run(args) -> int`; a module with several verbs names them
(`module:name` is `configure_name` and `run_name`). Exit codes: 0 done, 1 the work found a
fault, 2 wrong use.
"""

import argparse
import importlib
import os
import select
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NoReturn

KEEPERS = ("serve", "admin")

GROUPS = {
    "admin": "who may log in and send photos, backups",
    "data": "datasets: make, check, split, join, import, export",
    "train": "networks: train, grade, calibrate, evaluate, compare, export",
    "model": "releases: list, show, verify, sign, promote, roll back",
}
"""First words of several verbs, and what those are about."""

VERBS: dict[str, tuple[str, str]] = {
    "serve": ("service.serve", "run the service"),
    "inspect": ("models.inspect", "one verdict a photo, without a server"),
    "admin staff": ("service.auth.admin:staff", "who may log in: add, list, password, role, disable"),
    "admin enrol": ("service.auth.admin:enrol", "a QR that makes a phone a workshop's"),
    "admin delete": (
        "service.ownership.deletion_command:delete",
        "a piece, a photo, a voice note, a phone's: for good",
    ),
    "admin backup": (
        "service.storage.backup:backup",
        "a copy of all that the service keeps, made while it serves",
    ),
    "admin restore": ("service.storage.backup:restore", "a backup → a data folder to serve from"),
    "admin migrate": ("service.storage.migrate", "the ledger's tables to this version's, and nothing else"),
    "admin integrity": (
        "service.storage.backup:integrity",
        "is all there that the ledger refers to, and unaltered?",
    ),
    "admin recount": ("service.ledger.recount", "are the kept counts those of counting anew?"),
    "words": ("service.words", "the artisan's texts that await a native speaker's check"),
    "harvest": ("service.harvests.command", "reviewed photos → a dataset folder"),
    "rescore": ("service.rescoring.command", "what another release says of the photos in the archive"),
    "simulate": (
        "service.simulation.command",
        "a network of known truth: are its numbers right, and fair?",
    ),
    "data render": ("datasets.render.command", "photographs with exact labels, from a seed"),
    "data outlines": ("datasets.render.outlines", "outlines with exact variance levels, from a seed"),
    "data check": ("datasets.check.command", "what is wrong with a dataset"),
    "data stats": ("datasets.stats", "counts by class, material, level and split"),
    "data split": ("datasets.splits", "train, val and test by piece"),
    "data join": ("datasets.join", "several dataset folders → one"),
    "data import": (
        "datasets.formats.command:import",
        "COCO, Label Studio, … → a dataset folder",
    ),
    "data export": (
        "datasets.formats.command:export",
        "a dataset folder → COCO, Label Studio, …",
    ),
    "train run": ("training.train", "train or fine-tune a network"),
    "train grade": ("training.grade", "teach a run to grade by outline"),
    "train evaluate": ("training.evaluation.evaluate", "figures on photos it did not see"),
    "train calibrate": ("training.calibrate", "thresholds with a stated miss rate; what they cost"),
    "train compare": ("training.evaluation.compare", "may one release replace another?"),
    "train export": ("training.export", "a trained run → a released bundle"),
    "train bench": ("training.bench.command", "proof on real photographs"),
    "model list": ("models.registry.catalogue:list", "the releases and their aliases"),
    "model show": ("models.registry.catalogue:show", "one release: figures, thresholds, limits"),
    "model verify": ("models.registry.catalogue:verify", "hash, schema and golden outputs"),
    "model sign": ("models.registry.catalogue:sign", "vouch for a release with a private key"),
    "model promote": ("models.registry.promotion_command:promote", "make a release the champion"),
    "model rollback": ("models.registry.promotion_command:rollback", "back to the champion before"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the words say; the exit code: 1, without a word, where nobody reads the output any more."""
    try:
        try:
            return _do(list(sys.argv[1:] if argv is None else argv))
        finally:
            # Here, for --help too: what a reader that left brings cannot be caught at the interpreter's end.
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more as it ends; what is left goes nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return 1


def _do(words: Sequence[str]) -> int:
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    if words[:1] in (["--version"], ["-V"]):
        print(f"ubora {_version()}")
        return 0
    verb = next((v for v in (" ".join(words[:2]), " ".join(words[:1])) if v in VERBS), None)
    if verb is None:
        return _usage(words)
    place, summary = VERBS[verb]
    # Before torch is loaded: its threads shall sleep while they wait. Spinning, they take the cores from the
    # process that prepares photos and from everyone else: beside other work a step took thrice the CPU time.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if words[0] == "serve":
        # Photos are worked on side by side; a product of matrices in threads would keep the others awake.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if words[0] in KEEPERS:
        # Before anything is made: what they keep (photos, the ledger, secrets) is for this account alone.
        os.umask(0o077)
    module_name, _, name = place.partition(":")
    suffix = f"_{name}" if name else ""
    try:
        module = importlib.import_module(f"ubora.{module_name}")
    except ModuleNotFoundError as error:
        return _missing(verb, error)
    # The tree of exceptions at its end is for whoever calls it from Python.
    told = "\n\n".join(part for part in (module.__doc__ or "").split("\n\n") if "└──" not in part)
    parser = Parser(
        prog=f"ubora {verb}",
        # A file of several verbs tells of all of them: what this one does comes first.
        description=f"{summary[0].upper()}{summary[1:]}\n\n{told}" if name else told,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    getattr(module, "configure" + suffix)(parser)
    args = parser.parse_args(words[len(verb.split()) :])
    try:
        return int(getattr(module, "run" + suffix)(args))
    except (ValueError, OSError) as error:
        if isinstance(error, BrokenPipeError) and _is_unread():
            raise
        # Errors that a room raises for its user are one line; anything else is a bug and keeps its trace.
        if not isinstance(error, OSError) and not type(error).__module__.startswith("ubora."):
            raise
        print(f"ubora {verb}: {error}", file=sys.stderr)
        return 1


def _is_unread() -> bool:
    """Whether whoever read the output has left, as `head` does; a pipe to someone else may be what broke."""
    asked = select.poll()
    asked.register(sys.stdout.fileno(), 0)  # that nobody reads is told without being asked for
    return any(event & select.POLLERR for _, event in asked.poll(0))


class Parser(argparse.ArgumentParser):
    """Says which option or value was meant where another was written; the parsers of its verbs do so too."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._given: list[str] = [] if args is None else list(args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        given = getattr(self, "_given", [])
        words = [word.partition("=")[0] for word in given[: given.index("--") if "--" in given else None]]
        known = list(_options(self))
        for word in words:
            # The start of an option is that option, to argparse.
            if word.startswith("--") and not any(option.startswith(word) for option in known):
                message += f"; no option {word}{_did_you_mean(word, known)}"
        super().error(message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            error.message += _did_you_mean(value, action.choices or ())
            raise


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Of a parser and of those below it."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _options(below)


def _did_you_mean(found: str, known: Any) -> str:
    from ubora.models.naming import did_you_mean  # no room is loaded before it is asked for

    return did_you_mean(found, known)


def _nearest(found: str, known: Iterable[str]) -> list[str]:
    from ubora.models.naming import nearest

    return nearest(found, known)


def _usage(words: Sequence[str]) -> int:
    """What verbs there are: all, or a group's; what was meant where there is no such verb."""
    group = words[0] if words and words[0] in GROUPS else None
    rest = [word for word in words[1 if group else 0 :] if word not in ("-h", "--help")]
    # Without a word `ubora` is a question; a group alone is a verb half written.
    right = not rest and (len(words) > 1 if group else True)
    out = sys.stdout if right else sys.stderr
    if rest:
        meant = "; options stand behind a verb" if rest[0].startswith("-") else _verb_meant(words)
        print(f"ubora: no verb {' '.join(words[:2])!r}{meant}", file=out)
        if meant and not group:
            print("`ubora --help` lists all verbs", file=out)
            return 2
    of = f"{group} VERB" if group else "VERB"
    print(f"usage: ubora {of} …   (ubora {of} --help for each)\n", file=out)
    if group:
        print(f"{GROUPS[group]}\n", file=out)
    for verb, (_, summary) in VERBS.items():
        if group is None or verb.split()[0] == group:
            print(f"  {verb:<16} {summary}", file=out)
    if not group:
        print("\n  --version        which Ubora this is\n  help VERB        as VERB --help", file=out)
    return 0 if right else 2


def _verb_meant(words: Sequence[str]) -> str:
    """Within its group where that is right; else as it was written, with the group left out, or behind."""
    # Of verbs with the same second word the first is offered.
    short = {verb.split()[-1]: verb for verb in reversed(VERBS)}
    turned = {" ".join(reversed(verb.split())): verb for verb in VERBS}
    if words[0] in GROUPS:
        # The group is left out of it: it is the same in all, and makes everything look alike.
        own = {verb.split()[1]: verb for verb in VERBS if verb.split()[0] == words[0]}
        meant = [own[name] for name in _nearest(words[1], own)]
        meant = meant or [verb for name, verb in short.items() if name == words[1].lower()]
    else:
        whole = {verb: verb for verb in VERBS} | turned
        one = {name: name for name in GROUPS} | short
        pair, first = " ".join(words[:2]).lower(), words[0].lower()
        meant = [verb for verb in (whole.get(pair), short.get(first)) if verb]
        meant = meant or [whole[name] for name in _nearest(pair, whole)]
        meant = meant or [one[name] for name in _nearest(first, one)]
    return f"; did you mean {' or '.join(map(repr, dict.fromkeys(meant)))}?" if meant else ""


def _version() -> str:
    """Of the checkout that this file lies in, else of what is installed."""
    try:
        project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))[
            "project"
        ]
        return str(project["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        pass
    try:
        return version("ubora")
    except PackageNotFoundError:
        return "of no known version"


def _missing(verb: str, error: ModuleNotFoundError) -> int:
    if (error.name or "").split(".")[0] == "ubora":
        raise error
    extra = "render" if verb == "data render" else "train"
    print(
        f"ubora {verb}: needs the Python package {error.name}; "
        f"install what this verb uses with: pip install -e '.[{extra}]'",
        file=sys.stderr,
    )
    return 2
