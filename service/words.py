"""The words of both pages: for what the service draws itself, and as a list for a native speaker to check.

    ubora words                       # counts; exit 1 while a text awaits its check
    ubora words --unchecked > sw.tsv  # key, English, Swahili: one line a text
    ubora words --approve sw.tsv      # a person has read these lines, and they are good

The pages read `web/shared/words.json`; the console, and what the phone loads later, have their own: every
word they say, {name} where they put in a value. The Swahili is a draft that needs a native speaker's check,
best by an artisan near Nairobi; `checked.sw` there becomes true when nothing awaits it. What was approved is
kept word for word in `service/checked_words.json`, so that a text which is changed later awaits it again.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from ubora.service.http.pages import WEB

Language = Literal["en", "sw"]
Spoken = Annotated[Language, Query(alias="language")]
"""In which language a page or a chart speaks."""
Say = Callable[..., str]
"""A key and the values of a word → its text."""
CATALOGUES = (
    WEB / "shared/words.json",
    WEB / "console/words.json",
    WEB / "phone/later/words.json",
)
CHECKED = Path(__file__).parent / "checked_words.json"


class WordsError(ValueError):
    """A catalogue or a list of approved texts that cannot be used."""


class Word(BaseModel):
    """One text in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str = Field(min_length=1)
    sw: str = Field(min_length=1)


class About(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    checked: dict[str, bool]
    """Language → every text of it was checked by a native speaker; the page says so where not."""


class Catalogue(BaseModel):
    """`words.json`: what a page says, by key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: About
    words: dict[str, Word]


def read_catalogue(*paths: Path) -> Catalogue:
    """All texts of these files, or of both pages.

    Raises:
        WordsError: a key stands in two of them.
    """
    words: dict[str, Word] = {}
    checked: dict[str, bool] = {}
    for path in paths or CATALOGUES:
        one = Catalogue.model_validate_json(path.read_bytes())
        if twice := words.keys() & one.words.keys():
            raise WordsError(f"{path}: {', '.join(sorted(twice))} stand in another catalogue too")
        words |= one.words
        checked = {
            language: checked.get(language, True) and good for language, good in one.about.checked.items()
        }
    return Catalogue(about=About(what="the words of both pages", checked=checked), words=words)


def speaker(language: Language) -> Say:
    """What the service itself says in charts and pages, in the pages' own words.

    say = speaker("sw")
    say("hub.axis.decided")                       # values by name, where it has any
    say("defect.dent", otherwise="dent")          # a class that has no word yet
    """
    words = _spoken()

    def say(key: str, /, otherwise: str | None = None, **values: object) -> str:
        word = words.get(key)
        if word is None:
            if otherwise is None:
                raise WordsError(f"no word for {key!r} in {' or '.join(str(path) for path in CATALOGUES)}")
            return otherwise
        text = getattr(word, language)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return str(text)

    return say


@cache
def _spoken() -> dict[str, Word]:
    return read_catalogue().words


def read_checked(path: Path = CHECKED) -> dict[str, str]:
    """Key → the Swahili text that a native speaker approved."""
    approved: dict[str, str] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return approved


def unchecked(catalogue: Catalogue, checked: dict[str, str]) -> list[str]:
    """Keys whose Swahili is not, word for word, what a native speaker approved."""
    return [key for key, word in catalogue.words.items() if checked.get(key) != word.sw]


def approve(list_file: Path, catalogue: Catalogue, checked: dict[str, str]) -> dict[str, str]:
    """What was approved before, and the lines of the list.

    Raises:
        WordsError: a line names no text of the catalogue, or another Swahili than stands there now.
    """
    approved = dict(checked)
    with list_file.open(encoding="utf-8", newline="") as lines:
        for number, line in enumerate(csv.reader(lines, delimiter="\t"), 1):
            key, text = (line[0], line[-1]) if len(line) == 3 else ("", "")
            word = catalogue.words.get(key)
            if word is None:
                raise WordsError(f"{list_file}:{number}: expected key, English, Swahili; found {line}")
            if word.sw != text:
                raise WordsError(
                    f"{list_file}:{number}: {key} says {word.sw!r} in its catalogue, not {text!r}"
                )
            approved[key] = text
    return {key: approved[key] for key in catalogue.words if key in approved}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unchecked", action="store_true", help="list the texts that await their check")
    parser.add_argument("--approve", type=Path, metavar="LIST", help="a list that a native speaker has read")


def run(args: argparse.Namespace) -> int:
    catalogue, checked = read_catalogue(), read_checked()
    if args.approve:
        checked = approve(args.approve, catalogue, checked)
        CHECKED.write_text(json.dumps(checked, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    waiting = unchecked(catalogue, checked)
    if args.unchecked:
        writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
        writer.writerows((key, catalogue.words[key].en, catalogue.words[key].sw) for key in waiting)
        return 0
    print(f"{len(catalogue.words)} texts; {len(waiting)} in Swahili await a native speaker's check")
    return 1 if waiting else 0
