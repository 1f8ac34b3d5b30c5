"""Every knob of a training run, read from TOML; the reason for each stands beside it in the file.

    recipe = read_recipe("jewelry", overrides=["epochs=20", "loss.labels=0.5"])

A recipe may name another as its `base` and change a few knobs. What a run used is written beside its weights.

    ValueError
    └── RecipeError     no such recipe, unknown knob, or a value out of range: where, found, expected
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ubora.datasets.taxonomy import Severity
from ubora.models.naming import did_you_mean
from ubora.models.record import PhotoGate
from ubora.models.severity import SeverityTable, Steps

RECIPES = Path(__file__).parent / "recipes"

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Weight = Annotated[float, Field(ge=0)]


class RecipeError(ValueError):
    """A recipe that cannot be followed."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LossWeights(Frozen):
    """What each head's loss counts for. 0 leaves a head out."""

    cells: Weight = 2.0
    labels: Weight = 2.0
    any: Weight = 1.0
    piece: Weight = 0.5
    variance: Weight = 0.3
    embedding: Weight = 0.1
    focal_gamma: Weight = 1.5
    defective_cell: Weight = 8.0


class Augment(Frozen):
    """Strengths, within what a phone in a hand does. 0 everywhere leaves photos as they are."""

    flips: bool = True
    rotate_degrees: Annotated[float, Field(ge=0, le=180)] = 180.0
    zoom: Annotated[float, Field(ge=0, lt=1)] = 0.2
    shift: Annotated[float, Field(ge=0, lt=0.5)] = 0.06
    light: Share = 0.3
    white_balance: Annotated[float, Field(ge=0, le=80)] = 16.0
    jpeg_quality: Annotated[int, Field(ge=0, le=100)] = 55
    blur_px: Annotated[float, Field(ge=0, le=5)] = 0.8
    noise: Annotated[float, Field(ge=0, le=0.2)] = 0.02
    shadow: Share = 0.15
    cover: Share = 0.0
    ground: Share = 0.0
    look_alikes: Share = 0.0
    transplant: Share = 0.0
    transplanted: tuple[str, ...] = ()
    drawn: Share = 0.0


class SeverityRule(Frozen):
    """How bad a class is: by the size of the mark where `inside` and `edge` are given, see `models.severity`.

    Without them it is `severity`, and from `large_share` of the piece on as bad as `large`. `severity` also
    says which class false flags are spent on first.
    """

    severity: Severity = "major"
    large: Severity = "major"
    large_share: Share = 1.0
    inside: Steps | None = None
    edge: Steps | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> "SeverityRule":
        if (self.inside is None) != (self.edge is None):
            given = "edge" if self.inside is None else "inside"
            raise ValueError(f"{given} alone; expected inside and edge, or neither")
        self.by_size()
        return self

    def by_size(self) -> SeverityTable | None:
        if self.inside is None or self.edge is None:
            return None
        return SeverityTable(inside=self.inside, edge=self.edge)


class Recipe(Frozen):
    """One way to train. Units: pixels of the square input, epochs, images."""

    name: str
    base: str | None = None
    classes: tuple[str, ...] = ()
    input_size: Annotated[int, Field(ge=64, le=2048, multiple_of=32)] = 320
    first_look: Annotated[int, Field(ge=0, le=1024, multiple_of=32)] = 256
    margin: Annotated[float, Field(ge=0, le=1)] = 0.1
    backbone: Literal["efficientnet_lite0", "mobilenet_v2", "mobilenet_v3_large"] = "efficientnet_lite0"
    backbone_width: Annotated[float, Field(ge=0.1, le=2)] = 1.0
    weights: str = "imagenet"
    weights_sha256: str | None = None
    padding: Literal["same", "torchvision"] = "same"
    scaling: Literal["imagenet", "minus_one_to_one"] = "minus_one_to_one"
    piece_width: Annotated[int, Field(ge=8, le=256, multiple_of=8)] = 32
    descriptor_size: Annotated[int, Field(ge=8, le=512)] = 96
    comparison_width: Annotated[int, Field(ge=8, le=512, multiple_of=8)] = 96
    comparison_blocks: Annotated[int, Field(ge=0, le=16)] = 4
    embedding_size: Annotated[int, Field(ge=16, le=512)] = 64
    pool_cells: Annotated[int, Field(ge=1, le=256)] = 6
    grade: Literal["features", "outline"] = "outline"
    epochs: Annotated[int, Field(ge=1)] = 14
    batch: Annotated[int, Field(ge=1)] = 8
    head_lr: Positive = 2e-3
    backbone_lr: Weight = 3e-4
    warmup_epochs: Weight = 0.5
    final_lr_share: Share = 0.02
    weight_decay: Weight = 0.02
    clip_norm: Positive = 5.0
    freeze: Literal["all", "norms", "none"] = "all"
    versions: Annotated[int, Field(ge=1, le=64)] = 3
    features_mb: Annotated[int, Field(ge=0)] = 12_000
    alone_share: Share = 0.15
    found_share: Share = 0.5
    pair_designs: bool = True
    patience: Annotated[int, Field(ge=1)] = 8
    seed: int = 0
    workers: Annotated[int, Field(ge=0, le=64)] = 1
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    cache_mb: Annotated[int, Field(ge=0)] = 3000
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    keep_share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    false_flag_target: Annotated[float, Field(gt=0, lt=1)] = 0.05
    gate_min_photos: Annotated[int, Field(ge=1)] = 10
    augment: Augment = Augment()
    loss: LossWeights = LossWeights()
    severity: dict[str, SeverityRule] = Field(default_factory=dict)
    gate: PhotoGate = PhotoGate(
        min_sharpness=4.0,
        min_brightness=45.0,
        max_glare=0.25,
        min_piece_share=0.02,
        no_piece_below=0.005,
        max_border_share=0.12,
    )

    @field_validator("classes")
    @classmethod
    def _classes_are_unique(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError(f"a class stands twice: {', '.join(value)}")
        return value

    def rule(self, defect: str) -> SeverityRule:
        """The severity policy of a class; a class the recipe does not know is major."""
        return self.severity.get(defect, SeverityRule())


NETWORK_KNOBS = (
    "input_size",
    "first_look",
    "margin",
    "backbone",
    "backbone_width",
    "padding",
    "scaling",
    "piece_width",
    "descriptor_size",
    "comparison_width",
    "comparison_blocks",
    "embedding_size",
    "pool_cells",
    "grade",
)
"""What a network is, as opposed to how it is trained: `--from` takes these from the bundle."""


RETIRED_KNOBS = (
    "draft_share",
    "draft_size",
    "draft_first_look_every",
    "pyramid_width",
    "gate_dilation",
    "freeze_batchnorm",
    "frozen_layers",
    "augment.surface",
    "augment.restyle",
    "loss.dice",
    "loss.positive_weight_limit",
)
"""What recipes of older runs and releases may hold and no recipe has any more."""


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
