"""What a newcomer at the command line is told: help at every level, a version, and what was meant."""

import argparse
import importlib
from pathlib import Path

import pytest

from tests import ROOT
from ubora.command import GROUPS, VERBS, Parser, main
from ubora.models.naming import did_you_mean
from ubora.models.registry.releases import release_folder
from ubora.service.settings import Settings, SettingsError
from ubora.training.recipe import RecipeError, read_recipe


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("asked", [["{}", "--help"], ["{}", "-h"], ["help", "{}"]])
def test_a_group_answers_help_with_its_own_verbs_alone(
    group: str, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(group) for word in asked]) == 0
    out, err = capsys.readouterr()
    told = {verb for verb in VERBS if f"  {verb} " in out}
    assert (told, err) == ({verb for verb in VERBS if verb.split()[0] == group}, "")


def test_groups_are_the_first_words_of_verbs_of_two_words() -> None:
    assert set(GROUPS) == {verb.split()[0] for verb in VERBS if " " in verb}


@pytest.mark.parametrize("asked", ["--version", "-V"])
def test_the_version_is_the_checkouts(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([asked]) == 0
    number = capsys.readouterr().out.removeprefix("ubora ").strip()
    assert f'version = "{number}"' in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("train rnu", "train run"),
        ("trian run", "train run"),
        ("Data Check", "data check"),
        ("run", "train run"),
        ("check data", "data check"),
        ("model ls", "model list"),
        ("train-run x", "train run"),
        ("inspekt a.jpg", "inspect"),
        ("calibrte", "train calibrate"),
        ("train promote", "model promote"),
        ("sevre", "serve"),
    ],
)
def test_a_mistyped_verb_is_told_which_was_meant(
    words: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 2
    assert f"did you mean '{meant}'?" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["data polish", "xyzzy", "admin user", "model deploy"])
def test_what_is_like_no_verb_is_not_guessed_at(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 2
    assert "did you mean" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("inspect --relase champion a.jpg", "--release"),
        ("data join --otu x a b", "--out"),
        ("model show --jsn champion", "--json"),
        ("data import cooc x --out y", "coco"),
        ("train evaluate champion d --split tset", "test"),
        ("train bench pained x", "painted"),
        ("train bench painted x --judgd y", "--judged"),
        ("admin staff lst", "list"),
        ("admin staff add --role reviewr x", "reviewer"),
    ],
)
def test_a_mistyped_option_or_value_is_told_which_was_meant(
    words: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words.split())
    assert stopped.value.code == 2
    assert f"did you mean '{meant}'?" in capsys.readouterr().err


def test_names_that_are_looked_up_later_are_told_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", "show", "champoin"]) == 1
    assert "no release 'champoin'; did you mean 'champion'?" in capsys.readouterr().err
    with pytest.raises(RecipeError, match="did you mean 'jewelry'"):
        read_recipe("jewlery")
    with pytest.raises(RecipeError, match=r"did you mean 'augment\.drawn'"):
        read_recipe("jewelry", ["augment.drwan=0.8"])
    with pytest.raises(SettingsError, match="UBORA_PROT: no such setting; did you mean 'port'"):
        Settings.from_environment({"UBORA_PROT": "80"})


def test_two_that_are_as_near_are_both_named_and_the_right_one_never() -> None:
    assert did_you_mean("tast", ["test", "taste", "rust"]) == "; did you mean 'taste'?"
    assert did_you_mean("bart", ["bars", "bare"]) == "; did you mean 'bars' or 'bare'?"
    assert (did_you_mean("test", ["test"]), did_you_mean("", ["test"]), did_you_mean("x", [])) == ("",) * 3


def test_every_option_says_what_it_is() -> None:
    silent = [
        f"ubora {verb} {action.option_strings or action.dest}"
        for verb, (place, _) in VERBS.items()
        for action in _actions(_parser_of(verb, place))
        if not action.help and not isinstance(action, argparse._SubParsersAction)
    ]
    assert silent == []


def _parser_of(verb: str, place: str) -> argparse.ArgumentParser:
    module, _, name = place.partition(":")
    parser = Parser(prog=f"ubora {verb}")
    getattr(importlib.import_module(f"ubora.{module}"), "configure" + (f"_{name}" if name else ""))(parser)
    return parser


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    below = [
        action
        for sub in parser._actions
        if isinstance(sub, argparse._SubParsersAction)
        for one in sub.choices.values()
        for action in _actions(one)
    ]
    return [*parser._actions, *below]


@pytest.mark.parametrize("words", ["inspect a.jpg", "model show champion", "model show ours"])
def test_where_no_release_is_it_says_where_to_get_one(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words.split(), "--releases", str(tmp_path / "gone")]) == 1
    err = capsys.readouterr().err
    assert "Take the folder models/releases of a whole checkout" in err
    assert "--releases FOLDER" in err
    assert "ubora train run" in err


def test_a_champion_whose_folder_is_not_there_is_no_unknown_name(tmp_path: Path) -> None:
    (tmp_path / "aliases.json").write_text('{"champion": "lost-1"}', "utf-8")
    with pytest.raises(ValueError, match=r"champion is lost-1, which is not there; .*models/releases"):
        release_folder(tmp_path, "champion")
