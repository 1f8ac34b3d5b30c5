"""The `ubora` command: finds the room a verb lives in, loads only that room, and runs it.

    ubora serve --demo
    ubora data check datasets/sample

A verb's module offers `configure(parser)` and `run(args) -> int`; a module with several verbs names them
(`module:name` is `configure_name` and `run_name`). Exit codes: 0 done, 1 the work found a
fault, 2 wrong use.
"""

import argparse
import importlib
import os
import select
import sys
from collections.abc import Sequence

ROOMS = ("datasets", "models", "training", "service")

KEEPERS = ("serve", "admin")

VERBS: dict[str, tuple[str, str]] = {
    "serve": ("service.serve", "run the service"),
    "inspect": ("models.inspect", "one verdict a photo, without a server"),
    "admin staff": ("service.admin:staff", "who may log in: add, list, password, role, disable"),
    "admin enrol": ("service.admin:enrol", "a QR that makes a phone a workshop's"),
    "admin backup": ("service.backup:backup", "a copy of all that the service keeps, made while it serves"),
    "admin restore": ("service.backup:restore", "a backup → a data folder to serve from"),
    "admin integrity": ("service.backup:integrity", "is all there that the ledger refers to, and unaltered?"),
    "words": ("service.words", "the artisan's texts that await a native speaker's check"),
    "harvest": ("service.harvest", "reviewed photos → a dataset folder"),
    "data render": ("datasets.render.command", "photographs with exact labels, from a seed"),
    "data outlines": ("datasets.render.outlines", "outlines with exact variance levels, from a seed"),
    "data check": ("datasets.doctor.command", "what is wrong with a dataset"),
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
    "train evaluate": ("training.evaluate", "figures on photos it did not see"),
    "train calibrate": ("training.calibrate", "thresholds with a stated miss rate; what they cost"),
    "train compare": ("training.compare", "may one release replace another?"),
    "train export": ("training.export", "a trained run → a released bundle"),
    "train bench": ("training.bench.command", "proof on real photographs"),
    "model list": ("models.catalogue:list", "the releases and their aliases"),
    "model show": ("models.catalogue:show", "one release: figures, thresholds, limits"),
    "model verify": ("models.catalogue:verify", "hash, schema and golden outputs"),
    "model promote": ("models.registry:promote", "make a release the champion"),
    "model rollback": ("models.registry:rollback", "back to the champion before"),
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
    verb = next((v for v in (" ".join(words[:2]), " ".join(words[:1])) if v in VERBS), None)
    if verb is None:
        return _usage(words)
    place, summary = VERBS[verb]
    # Before torch is loaded: its threads shall sleep while they wait. Spinning, they take the cores from the
    # process that prepares photos and from everyone else: beside other work a step took thrice the CPU time.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if words[0] in KEEPERS:
        # Before anything is made: what they keep (photos, the ledger, secrets) is for this account alone.
        os.umask(0o077)
    module_name, _, name = place.partition(":")
    suffix = f"_{name}" if name else ""
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        return _missing(verb, error)
    parser = argparse.ArgumentParser(
        prog=f"ubora {verb}",
        description=module.__doc__ or summary,
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
        if not isinstance(error, OSError) and type(error).__module__.split(".")[0] not in ROOMS:
            raise
        print(f"ubora {verb}: {error}", file=sys.stderr)
        return 1


def _is_unread() -> bool:
    """Whether whoever read the output has left, as `head` does; a pipe to someone else may be what broke."""
    asked = select.poll()
    asked.register(sys.stdout.fileno(), 0)  # that nobody reads is told without being asked for
    return any(event & select.POLLERR for _, event in asked.poll(0))


def _usage(words: Sequence[str]) -> int:
    asked_for_help = not words or words[0] in ("-h", "--help")
    out = sys.stdout if asked_for_help else sys.stderr
    if not asked_for_help:
        print(f"ubora: no verb {' '.join(words[:2])!r}", file=out)
    print("usage: ubora VERB …   (ubora VERB --help for each)\n", file=out)
    for verb, (_, summary) in VERBS.items():
        print(f"  {verb:<16} {summary}", file=out)
    return 0 if asked_for_help else 2


def _missing(verb: str, error: ModuleNotFoundError) -> int:
    room = (error.name or "").split(".")[0]
    if room in ROOMS:
        raise error
    extra = "render" if verb == "data render" else "train"
    print(
        f"ubora {verb}: needs the Python package {error.name}; "
        f"install what this verb uses with: pip install -e '.[{extra}]'",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
