"""Every knob of a training run, read from TOML; the reason for each stands beside it in the file.

    recipe = read_recipe("jewelry", overrides=["epochs=20", "loss.labels=0.5"])

A recipe may name another as its `base` and change a few knobs. What a run used is written beside its weights.

    ValueError
    └── RecipeError     no such recipe, unknown knob, or a value out of range: where, found, expected
"""

import argparse
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ubora.models.naming import did_you_mean
from ubora.training.knobs import RETIRED_KNOBS, Recipe

RECIPES = Path(__file__).parent / "recipes"


class RecipeError(ValueError):
    """A recipe that cannot be followed."""


def read_recipe(name: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """A recipe by name (`training/recipes/NAME.toml`) or file, with `key=value` overrides.

    Raises:
        RecipeError: not found, not TOML, an unknown knob or a value out of range.
    """
    path = _find(name)
    knobs = _read(path)
    for override in overrides:
        _override(knobs, override)
    return _validate(knobs, str(path))


def overrides_option(
    parser: argparse.ArgumentParser,
    what: str = "a knob of the recipe, as augment.drawn=0.8; again for another",
) -> None:
    """`--set KEY=VALUE`, as often as wanted: `args.overrides`."""
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE", help=what
    )


def recorded(knobs: Mapping[str, Any]) -> Recipe:
    """A recipe as a run or a release wrote it down, without the knobs that were retired since.

    Raises:
        RecipeError: a knob that never was, or a value out of range.
    """
    kept = {key: dict(value) if isinstance(value, Mapping) else value for key, value in knobs.items()}
    for knob in RETIRED_KNOBS:
        table, _, name = knob.rpartition(".")
        (kept.get(table, {}) if table else kept).pop(name, None)
    return _validate(kept, str(kept.get("name")))


def changed(recipe: Recipe, **knobs: Any) -> Recipe:
    """The recipe with some knobs changed, validated again."""
    return _validate(recipe.model_dump() | knobs, recipe.name)


def overridden(recipe: Recipe, overrides: Sequence[str]) -> Recipe:
    """The recipe with `key=value` overrides.

    Raises:
        RecipeError: an unknown knob or a value out of range.
    """
    knobs = recipe.model_dump()
    for override in overrides:
        _override(knobs, override)
    return _validate(knobs, recipe.name)


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write a resolved recipe: every knob with its value, no base left to look up."""
    path.write_text(to_toml(recipe.model_dump(exclude_none=True, exclude={"base"})), encoding="utf-8")


def to_toml(knobs: Mapping[str, Any], table: str = "") -> str:
    """Scalars, lists of strings and nested tables as TOML."""
    lines = [f"[{table}]"] if table else []
    tables: list[str] = []
    for key, value in knobs.items():
        if isinstance(value, Mapping):
            tables.append(to_toml(value, f"{table}.{_key(key)}" if table else _key(key)))
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    return "\n".join(lines) + "\n" + "".join("\n" + text for text in tables)


def _find(name: str | Path) -> Path:
    given = Path(name)
    if given.suffix == ".toml" and given.is_file():
        return given
    path = RECIPES / f"{name}.toml"
    if given.name == str(name) and path.is_file():
        return path
    known = sorted(p.stem for p in RECIPES.glob("*.toml"))
    meant = did_you_mean(name, known)
    raise RecipeError(f"no recipe {str(name)!r}{meant}; expected a .toml file or one of {', '.join(known)}")


def _read(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    try:
        knobs = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not TOML ({error})") from None
    base = knobs.get("base")
    if base is None:
        return knobs
    below = _find(path.parent / base if str(base).endswith(".toml") else base)
    if below in (*seen, path):
        raise RecipeError(f"{path}: its bases go round in a circle")
    return _merged(_read(below, (*seen, path)), knobs)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


def _override(knobs: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise RecipeError(f"--set {override}: expected key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text  # An unquoted word, as people write it in a shell.
    *tables, last = key.split(".")
    for table in tables:
        knobs = knobs.setdefault(table, {})
        if not isinstance(knobs, dict):
            raise RecipeError(f"--set {override}: {table} is not a table")
    knobs[last] = value


def _validate(knobs: Mapping[str, Any], where: str) -> Recipe:
    try:
        return Recipe.model_validate(knobs)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            meant = did_you_mean(field, _knobs(Recipe))
            raise RecipeError(f"{where}: unknown knob {field!r}{meant}") from None
        found = "" if fault["type"] == "missing" else f", found {fault['input']!r}"
        raise RecipeError(f"{where}: {field}: {fault['msg']}{found}") from None


def _knobs(table: type[BaseModel], before: str = "") -> Iterator[str]:
    """Of all tables, as `--set` names them."""
    for name, field in table.model_fields.items():
        yield before + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _knobs(field.annotation, f"{before}{name}.")


def _key(key: str) -> str:
    plain = key.replace("-", "").replace("_", "")
    return key if plain.isascii() and plain.isalnum() else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return repr(value)
