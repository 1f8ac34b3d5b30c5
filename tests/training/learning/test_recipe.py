"""Recipes: every knob is known, every override is checked, what was used can be read back."""

from pathlib import Path

import pytest

from ubora.models.bundle import read_bundle
from ubora.models.registry.releases import RELEASES
from ubora.training.knobs import Recipe
from ubora.training.network.transfer import TransferError, read_start
from ubora.training.recipe import RECIPES, RecipeError, read_recipe, recorded, write_recipe
from ubora.training.release.recalibration import recipe_of


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_every_shipped_recipe_can_be_read_and_bears_its_name(name: str) -> None:
    assert read_recipe(name).name == name


def test_the_jewelry_recipe_states_every_knob() -> None:
    stated = read_recipe("jewelry").model_fields_set
    assert set(Recipe.model_fields) - stated == {"base", "weights_sha256"}


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_knob_of_a_top_level_recipe_has_its_reason_beside_it(path: Path) -> None:
    top = path.read_text(encoding="utf-8").split("\n[")[0].splitlines()
    bare = [line for line in top if "=" in line and not line.startswith("#") and "#" not in line]
    assert [line.split("=")[0].strip() for line in bare] in (["name"], ["name", "base"])


def test_a_recipe_changes_only_the_knobs_it_names_of_its_base() -> None:
    tile, jewelry = read_recipe("magnetic-tile"), read_recipe("jewelry")
    assert tile.input_size == 256
    assert tile.augment.rotate_degrees == 10.0
    assert tile.augment.light == jewelry.augment.light


def test_overrides_reach_nested_knobs_and_take_bare_words() -> None:
    recipe = read_recipe("tiny", ["loss.any=0.25", "padding=same", "epochs=7", "classes=['a', 'b']"])
    assert (recipe.loss.any, recipe.padding, recipe.epochs, recipe.classes) == (0.25, "same", 7, ("a", "b"))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epoch=3", "unknown knob 'epoch'"),
        ("loss.dise=1", "unknown knob 'loss.dise'"),
        ("input_size=100", "input_size: Input should be a multiple of 32, found 100"),
        ("epochs", "expected key=value"),
        ("epochs.x=1", "epochs is not a table"),
    ],
)
def test_a_wrong_override_is_refused_in_one_line(override: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as refused:
        read_recipe("tiny", [override])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "release", sorted(path.parent for path in RELEASES.glob("*/bundle.json")), ids=lambda path: path.name
)
def test_the_recipe_of_a_release_is_read_without_the_knobs_that_are_retired(release: Path) -> None:
    record = read_bundle(release)
    recipe = recorded(record.recipe)
    assert recipe.augment.transplanted == tuple(record.recipe["augment"]["transplanted"])
    assert recipe_of(record).false_flag_target == recipe.false_flag_target
    if record.bank is None:
        with pytest.raises(TransferError, match="judges a photo alone"):
            read_start(release.name, RELEASES)
    else:
        assert read_start(release.name, RELEASES).adapt(read_recipe("jewelry")).padding == recipe.padding
    with pytest.raises(RecipeError, match="unknown knob 'surfaces'"):
        recorded(record.recipe | {"surfaces": 1})


def test_an_unknown_recipe_is_answered_with_those_there_are() -> None:
    with pytest.raises(RecipeError, match="fine-tune, jewelry, magnetic-tile, tiny"):
        read_recipe("tinny")


def test_bases_that_go_round_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "a"\nbase = "b.toml"\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('name = "b"\nbase = "a.toml"\n', encoding="utf-8")
    with pytest.raises(RecipeError, match="circle"):
        read_recipe(tmp_path / "a.toml")


def test_a_resolved_recipe_reads_back_as_it_was_used(tmp_path: Path) -> None:
    used = read_recipe("jewelry", ["weights=none", "loss.any=0.125", 'severity."odd name".severity=minor'])
    write_recipe(used, tmp_path / "recipe.toml")
    assert read_recipe(tmp_path / "recipe.toml") == used
