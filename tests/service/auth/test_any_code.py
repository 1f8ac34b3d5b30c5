"""Codes and cursors: what was given out is read again however it is typed, and all else is refused."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from ubora.service.http.errors import Problem
from ubora.service.http.schemas import number_of_cursor, read_cursor, write_cursor
from ubora.service.secrets.codes import new_code, read_code

_WRITTEN = {"0": "0Oo", "1": "1IiLl"}


_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(data=st.data(), code=st.text(_LETTERS, max_size=24))
def test_a_code_is_read_as_it_was_meant_however_it_is_typed(data: st.DataObject, code: str) -> None:
    typed = "".join(
        data.draw(st.sampled_from(_WRITTEN.get(letter, letter + letter.lower())))
        + data.draw(st.sampled_from(("", " ", "-", "\n", "\u2003")))
        for letter in code
    )
    assert read_code(typed) == code


def test_a_new_code_has_letters_of_these_alone() -> None:
    assert set(new_code(500)) == {*_LETTERS, "-"}


@given(typed=st.text())
def test_reading_a_code_again_changes_nothing(typed: str) -> None:
    assert read_code(read_code(typed)) == read_code(typed)


@given(parts=st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])), min_size=1))
def test_a_cursor_is_what_it_was_made_of(parts: list[str]) -> None:
    assert read_cursor(write_cursor(*parts), len(parts)) == tuple(parts)


@given(cursor=st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_other_cursor_is_refused(cursor: str) -> None:
    with suppress(Problem):
        assert number_of_cursor(cursor) >= 0
