"""Releases for people: the figures of the record, and a card that cannot become markup of its writer."""

import shutil
from pathlib import Path

from tests.parts.served import Town, serve
from ubora.models.bundle import read_bundle
from ubora.models.registry.release_table import shown
from ubora.models.registry.releases import RELEASES, read_aliases, release_folder
from ubora.service.releases.kept import card_html


def test_a_release_is_told_as_the_command_shows_it(tmp_path: Path, releases: Path) -> None:
    name = read_aliases(RELEASES).champion or ""
    own = Path(shutil.copytree(releases, tmp_path / "releases"))
    (own / name).symlink_to(RELEASES / name)
    with serve(tmp_path, own) as town:
        told = town.client("reviewer").get(f"/v1/releases/{name}").json()
    lines = "\n".join(shown(read_bundle(RELEASES / name)))
    assert len(told["figures"]) >= 5
    for figure in told["figures"]:
        assert all(figure[part] in lines for part in ("name", "value", "interval", "of"))
    assert [one["name"] for one in told["classes"]][:2] == ["scratch", "crack"]
    assert told["promise"].split(",")[0] in lines


def test_releases_are_listed_with_their_aliases(shared_town: Town) -> None:
    listed = shared_town.client("engineer").get("/v1/releases").json()
    assert [(one["name"], one["aliases"], one["fault"]) for one in listed["items"]] == [
        ("tiny-1", ["champion"], None)
    ]
    assert (listed["serving"], listed["returns_to"], listed["challenger"]) == ("tiny-1", None, None)


def test_a_card_is_a_page_and_an_alias_names_its_release(shared_town: Town) -> None:
    client = shared_town.client("engineer")
    for name in ("tiny-1", "champion"):
        answer = client.get(f"/v1/releases/{name}/card")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.text == "<h1>A tiny network for tests</h1>\n"
    assert client.get("/v1/releases/none/card").status_code == 404
    assert client.get("/v1/releases/..%2f..%2fetc/card").status_code == 404
    assert shared_town.client("artisan").get("/v1/releases/tiny-1/card").status_code == 403


def test_what_was_written_as_markup_stands_there_as_text() -> None:
    page = card_html(
        "<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b\n\n"
        "[go](javascript:alert(1)) ![x](https://example.org/x.png) [ok](https://example.org)\n"
    )
    assert "<script" not in page
    assert "<img" not in page
    assert "javascript:" not in page.replace("[go](javascript:alert(1))", "")
    assert '<a href="https://example.org">ok</a>' in page


def test_the_champion_s_card_has_its_tables_and_not_the_lines_for_programs() -> None:
    folder = release_folder(RELEASES, "champion")
    page = card_html((folder / "CARD.md").read_text("utf-8"))
    assert page.startswith(f"<h1>{folder.name}</h1>")
    assert "<table>" in page
    assert "library_name" not in page
