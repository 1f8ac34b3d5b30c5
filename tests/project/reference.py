"""The pages under docs/reference, made from what they tell of; a test holds them against it.

    python -m tests.project.reference        # writes them anew

Nothing of them is written by hand: they are the parsers of the command, the OpenAPI document of the service,
the first lines of the files, and the classes that check what is stored.
"""

import argparse
import ast
import importlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests import ROOT
from tests.project import contracts
from ubora.command import GROUPS, VERBS, Parser
from ubora.service.app import create_app
from ubora.service.settings import Settings

FOLDER = ROOT / "docs/reference"
ROOMS = ("datasets", "models", "training", "service", "tests", "ubora")
METHODS = ("get", "put", "post", "patch", "delete")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)


def pages() -> dict[str, str]:
    """File name → Markdown."""
    return {"command.md": _command(), "http.md": _http(), "files.md": _files(), **contracts.pages()}


# The command


def parser_of(verb: str) -> tuple[argparse.ArgumentParser, str]:
    """A verb's parser, and the first line of what its file says of it."""
    module_name, _, name = VERBS[verb][0].partition(":")
    module = importlib.import_module(f"ubora.{module_name}")
    parser = Parser(prog=f"ubora {verb}")
    getattr(module, "configure" + (f"_{name}" if name else ""))(parser)
    return parser, VERBS[verb][1]


def _command() -> str:
    parts = [
        "# The command",
        "`ubora VERB --help` tells the same with examples. "
        "Exit codes: 0 done, 1 the work found a fault, 2 wrong use.",
    ]
    for group in (None, *GROUPS):
        verbs = [verb for verb in VERBS if (verb.split()[0] if " " in verb else None) == group]
        parts += [f"## {group}\n\n{GROUPS[group].capitalize()}." if group else "## Without a group"]
        for verb in verbs:
            parser, summary = parser_of(verb)
            parts += [f"### ubora {verb}", f"{summary[0].upper()}{summary[1:]}.", _options(parser)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _options(parser: argparse.ArgumentParser, before: str = "") -> str:
    lines = []
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        if isinstance(action, argparse._SubParsersAction):
            lines += [_options(below, f"{before}{name} ") for name, below in action.choices.items()]
            continue
        shown = parser._get_formatter()._expand_help(action) if action.help else ""
        shown = " ".join(shown.replace(f"{ROOT}/", "").split())
        lines.append(f"- `{before}{_spelt(action)}`: {shown}")
    return "\n".join(line for line in lines if line)


def _spelt(action: argparse.Action) -> str:
    value = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else None)
    value = " ".join(value) if isinstance(value, tuple) else value
    if not action.option_strings:
        return value or action.dest
    flag = ", ".join(action.option_strings)
    return flag if action.nargs == 0 else f"{flag} {value or action.dest.upper()}"


# Over HTTP


def _http() -> str:
    with tempfile.TemporaryDirectory() as folder:
        document = create_app(Settings(data=Path(folder) / "var")).openapi()
    subjects: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                one = operations[method]
                subjects.setdefault(one.get("tags", ["other"])[0], []).append(_route(method, path, one))
    parts = [
        "# Over HTTP",
        "The whole contract is at `/openapi.json` of a running service. Errors are "
        "`application/problem+json` (RFC 9457).",
    ]
    for subject in sorted(subjects):
        parts += [f"## {subject.capitalize()}", "\n".join(subjects[subject])]
    return "\n\n".join(parts) + "\n"


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    asked = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
    query = f"?{'&'.join(asked)}" if asked else ""
    told = " ".join(operation.get("description", "").split("\n\n")[0].split())
    codes = " ".join(sorted(code for code in operation["responses"] if code.isdecimal()))
    return f"- `{method.upper()} {path}{query}` {told or operation['summary'] + '.'} ({codes})"


# The files


def _files() -> str:
    parts = ["# Every file", "What each folder and file says of itself in its first line."]
    for room in ROOMS:
        parts += [f"## {room}/", *_folder(ROOT / room)]
    return "\n\n".join(parts) + "\n"


def _folder(folder: Path) -> Iterator[str]:
    """A folder's own files, then each folder in it that has some."""
    yield _first_line(folder / "__init__.py")
    files = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
    if files:
        yield "\n".join(f"- `{path.name}`: {_first_line(path)}" for path in files)
    for below in sorted(folder.iterdir()):
        if not below.is_symlink() and (below / "__init__.py").exists() and below.name != "versions":
            yield f"### {below.relative_to(ROOT)}/"
            yield from _folder(below)


def _first_line(path: Path) -> str:
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(told.split("\n\n")[0].split())


if __name__ == "__main__":
    main()
