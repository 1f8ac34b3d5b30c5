"""The pages of docs/reference on what is stored: read off the classes that check it, with their notes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests import ROOT

_KNOB = re.compile(r"^(\w+) = ([^#\n]+?) *(?:# (.*))?$", re.MULTILINE)
_TABLE = re.compile(r"^\[([\w.]+)\](?: *# (.*))?$", re.MULTILINE)
_RANGES = ("ge", "gt", "le", "lt")
_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def pages() -> dict[str, str]:
    """File name → Markdown."""
    return {
        "manifest.md": _manifest(),
        "bundle.md": _bundle(),
        "recipe.md": _recipe(),
        "ledger.md": _ledger(),
    }


def _manifest() -> str:
    head = [
        "# A dataset's manifest",
        "`metadata.jsonl` holds one `Sample` a line, `dataset.json` one `DatasetCard`. A field that is not "
        "here is refused with file and line. [How to work with datasets](../guide/datasets.md).",
    ]
    return _page(head, [ROOT / "datasets/taxonomy.py", ROOT / "datasets/manifest.py"], without={"Frozen"})


def _bundle() -> str:
    head = [
        "# A release's bundle",
        "A folder: `model.onnx` and, of a network that compares, `comparison.onnx`; `bundle.json`, which "
        "holds one `BundleRecord`; `CARD.md`; the golden photos. A field that is not here, another hash or "
        "another golden answer is refused.",
    ]
    return _page(head, [ROOT / "models/record.py"], without={"Frozen"})


def _ledger() -> str:
    head = [
        "# The ledger",
        "The tables of `ubora.db`, or of the PostgreSQL database, as the service reads them. Times are UTC. "
        "`service/ledger/migrations/versions` makes them, and alters them without losing a row.",
    ]
    return _page(head, sorted((ROOT / "service/ledger/tables").glob("*.py")), without={"Table"})


def _page(head: list[str], files: list[Path], without: set[str]) -> str:
    classes = [
        node
        for path in files
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name not in without
    ]
    parts = list(head)
    for node in classes:
        fields = "\n".join(_fields(node))
        if fields:
            parts += [
                part for part in (f"## {_title(node)}", _paragraph(ast.get_docstring(node)), fields) if part
            ]
    return "\n\n".join(parts) + "\n"


def _title(node: ast.ClassDef) -> str:
    """A table by its name in the database, anything else by its class."""
    for child in node.body:
        if isinstance(child, ast.Assign) and ast.unparse(child.targets[0]) == "__tablename__":
            return f"{ast.literal_eval(child.value)} ({node.name})"
    return node.name


def _fields(node: ast.ClassDef) -> Iterator[str]:
    told = [*node.body[1:], None]
    for child, after in zip(node.body, told, strict=True):
        if not isinstance(child, ast.AnnAssign):
            continue
        text = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            text = f": {' '.join(str(after.value.value).split())}"
        yield f"- `{ast.unparse(child.target)}` {_kind(child)}{text}"


def _kind(field: ast.AnnAssign) -> str:
    """`float, 0 ≤ … ≤ 1, 0.5 if left out`, from the annotation and what stands behind it."""
    annotation = field.annotation
    facts = []
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) in ("Mapped", "Annotated"):
        inner = annotation.slice
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        annotation = parts[0]
        facts += [range_ for one in parts[1:] if (range_ := _range(one))]
    value = field.value
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "mapped_column":
        facts += _column(value)
    elif value is not None and not isinstance(value, ast.Call):
        facts.append(f"`{ast.unparse(value)}` if left out")
    return ", ".join([f"*{ast.unparse(annotation)}*", *facts])


def _range(call: ast.expr) -> str:
    """`≥ 0, ≤ 1` of a pydantic Field; nothing of another note."""
    if not isinstance(call, ast.Call):
        return ""
    given = {key.arg: ast.unparse(key.value) for key in call.keywords if key.arg in _RANGES}
    return ", ".join(f"{_SIGNS[name]} {given[name]}" for name in _RANGES if name in given)


def _column(call: ast.Call) -> list[str]:
    facts = [
        f"of `{ast.literal_eval(argument.args[0])}`"
        for argument in call.args
        if isinstance(argument, ast.Call) and ast.unparse(argument.func) == "ForeignKey"
    ]
    if any(key.arg == "primary_key" for key in call.keywords):
        facts.append("key")
    return facts


def _recipe() -> str:
    parts = [
        "# Every knob of a recipe",
        "As `training/recipes/jewelry.toml` sets it, with the reason that stands beside it there. "
        "`--set KEY=VALUE` changes one; `training/knobs.py` holds types and ranges.",
    ]
    text = (ROOT / "training/recipes/jewelry.toml").read_text(encoding="utf-8")
    tables = list(_TABLE.finditer(text))
    edges = [0, *(one.start() for one in tables), len(text)]
    for at, one in enumerate([None, *tables]):
        name, why = (one.group(1), one.group(2)) if one else ("The run", None)
        knobs = [
            f"- `{name + '.' if one else ''}{key}` = `{value}`{': ' + reason if reason else ''}"
            for key, value, reason in _KNOB.findall(text[edges[at] : edges[at + 1]])
        ]
        parts += [f"## {name}", *([f"{why[0].upper()}{why[1:]}."] if why else []), "\n".join(knobs)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _paragraph(docstring: str | None) -> str:
    return " ".join((docstring or "").split("\n\n")[0].split())
