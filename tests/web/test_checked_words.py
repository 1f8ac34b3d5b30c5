"""Swahili is a draft until a native speaker has checked each text as it stands."""

from pathlib import Path

import pytest

from ubora.service.words import WordsError, approve, read_catalogue, read_checked, unchecked


def test_the_page_says_that_swahili_is_a_draft_while_a_text_awaits_its_check() -> None:
    catalogue = read_catalogue()
    assert catalogue.about.checked == {"en": True, "sw": unchecked(catalogue, read_checked()) == []}


def test_a_text_that_was_changed_after_its_check_awaits_it_again() -> None:
    catalogue = read_catalogue()
    first, second, *others = catalogue.words
    checked = {key: catalogue.words[key].sw for key in catalogue.words} | {second: "kitu kingine"}
    assert unchecked(catalogue, checked) == [second]
    assert unchecked(catalogue, {first: catalogue.words[first].sw}) == [second, *others]


def test_a_list_is_approved_line_by_line_and_only_as_it_stands(tmp_path: Path) -> None:
    catalogue = read_catalogue()
    word = catalogue.words["take_again"]
    listed = tmp_path / "sw.tsv"
    listed.write_text(f"take_again\t{word.en}\t{word.sw}\n", "utf-8")
    assert approve(listed, catalogue, {}) == {"take_again": word.sw}
    listed.write_text(f"take_again\t{word.en}\tkitu kingine\n", "utf-8")
    with pytest.raises(WordsError, match=r"sw\.tsv:1: take_again says .* not 'kitu kingine'"):
        approve(listed, catalogue, {})
