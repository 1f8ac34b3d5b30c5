"""Releases over HTTP: shown as they are, promoted by the command's own gates and words, and taken back."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.models.test_gates import compared
from tests.parts.served import Town, serve, wait_until
from tests.parts.tiny_bundle import write_tiny_bundle
from ubora.command import main
from ubora.models.bundle import read_bundle
from ubora.models.registry.comparison import Comparison
from ubora.models.registry.promotion import promote
from ubora.models.registry.releases import ALIAS_FILE, read_aliases


@pytest.fixture
def own(tmp_path: Path, releases: Path) -> Path:
    """Releases of this test's own: tiny-1 is champion, tiny-2 is to be."""
    folder = Path(shutil.copytree(releases, tmp_path / "releases"))
    write_tiny_bundle(folder / "tiny-2", threshold=0.6)
    return folder


@pytest.fixture
def hub(tmp_path: Path, own: Path) -> Iterator[Town]:
    with serve(tmp_path, own) as town:
        yield town


def ask(town: Town, name: str = "tiny-2", who: str = "engineer", **body: Any) -> httpx.Response:
    sent = {"seen": "tiny-1", "why": "it misses less", **body}
    return town.client(who).post(f"/v1/releases/{name}/promotion", json=sent)


def comparison(own: Path, **changed: Any) -> dict[str, Any]:
    """Of tiny-1 and tiny-2, as `ubora train compare` writes it."""
    made: Comparison = compared(**changed)
    sides = {}
    for side, name in (("a", "tiny-1"), ("b", "tiny-2")):
        of = {"name": name, "record_sha256": read_bundle(own / name).record_sha256}
        sides[side] = getattr(made, side).model_copy(update=of)
    found: dict[str, Any] = made.model_copy(update=sides).model_dump(mode="json")
    return found


def audited(town: Town) -> list[dict[str, Any]]:
    items = town.client("admin").get("/v1/audit").json()["items"]
    return [line for line in items if line["action"].startswith("release-")]


def test_what_passes_its_gates_becomes_champion_and_serves(hub: Town, own: Path) -> None:
    answer = ask(hub, comparison=comparison(own))
    assert (answer.status_code, answer.json()["before"], answer.json()["failed_gates"]) == (200, "tiny-1", [])
    wait_until(lambda: hub.client("artisan").get("/v1/release").json()["name"] == "tiny-2")
    listed = hub.client("reviewer").get("/v1/releases").json()
    assert (listed["champion"], listed["serving"], listed["returns_to"]) == ("tiny-2", "tiny-2", "tiny-1")
    assert listed["history"][0]["why"] == "it misses less"
    (line,) = audited(hub)
    assert (line["actor"], line["action"], line["subject"]) == ("engineer", "release-promoted", "tiny-2")
    assert line["facts"] == {
        "alias": "champion",
        "release": "tiny-2",
        "release_was": "tiny-1",
        "why": "it misses less",
    }


def test_without_a_comparison_it_is_refused_in_the_words_of_the_command(
    hub: Town, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(hub)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/gates")
    assert main(["model", "promote", "tiny-2", "--releases", str(own)]) == 1
    assert capsys.readouterr().err == f"ubora model promote: {answer.json()['detail']}\n"
    assert (read_aliases(own).champion, audited(hub)) == ("tiny-1", [])


def test_a_failed_gate_refuses_and_force_goes_past_it_with_a_reason(hub: Town, own: Path) -> None:
    worse = comparison(own, defective=3)
    refused = ask(hub, comparison=worse)
    assert refused.status_code == 409
    assert "enough photos: 3 defective" in refused.json()["detail"]
    assert ask(hub, comparison=worse, force=True, why="").status_code == 422
    forced = ask(hub, comparison=worse, force=True, why="the old one is broken")
    assert forced.json()["failed_gates"] == [
        "enough photos: 3 defective, 80 clean, expected at least 59 of each"
    ]
    assert audited(hub)[0]["facts"]["forced_past"].startswith("enough photos: 3 defective")
    assert read_aliases(own).history[-1].forced


def test_a_rollback_returns_to_the_champion_before(hub: Town, own: Path) -> None:
    client = hub.client("admin")
    nothing = client.post("/v1/release-rollback", json={"seen": "tiny-1", "why": "flags too much"})
    assert (nothing.status_code, nothing.json()["type"]) == (409, "/problems/release")
    ask(hub, comparison=comparison(own))
    back = client.post("/v1/release-rollback", json={"seen": "tiny-2", "why": "flags too much"})
    assert (back.status_code, back.json()["release"]) == (200, "tiny-1")
    assert [line["action"] for line in audited(hub)] == ["release-rolled-back", "release-promoted"]
    wait_until(lambda: client.get("/v1/releases").json()["serving"] == "tiny-1")


def test_a_challenger_is_named_without_a_comparison(hub: Town, own: Path) -> None:
    answer = ask(hub, alias="challenger", seen=None)
    assert (answer.status_code, read_aliases(own).challenger, read_aliases(own).champion) == (
        200,
        "tiny-2",
        "tiny-1",
    )


def test_who_saw_another_champion_changes_nothing(hub: Town, own: Path) -> None:
    promote(own, "tiny-2", force=True, why="from a shell meanwhile")
    answer = ask(hub, comparison=comparison(own))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/release-unseen")
    assert answer.json()["now"] == "tiny-2"
    back = hub.client("admin").post("/v1/release-rollback", json={"seen": "tiny-1", "why": "as seen"})
    assert back.status_code == 409
    assert read_aliases(own).champion == "tiny-2"


def test_what_is_altered_or_is_none_cannot_be_forced(hub: Town, own: Path) -> None:
    (own / "tiny-2" / "model.onnx").write_bytes(b"no graph")
    assert ask(hub, force=True).json()["type"] == "/problems/release"
    assert ask(hub, "none", force=True).status_code == 409
    assert ask(hub, comparison={"a": 1}).json()["detail"].startswith("the comparison: not a comparison")
    (listed,) = (one for one in hub.client("reviewer").get("/v1/releases").json()["items"] if one["fault"])
    assert listed["name"] == "tiny-2"
    assert hub.client("reviewer").get("/v1/releases/tiny-2").status_code == 409


def test_where_the_folder_takes_nothing_the_record_says_nothing(hub: Town, own: Path) -> None:
    (own / ALIAS_FILE).with_suffix(".partial").mkdir()  # what is written first cannot be
    answer = ask(hub, comparison=comparison(own))
    assert answer.status_code == 503
    assert (read_aliases(own).champion, audited(hub)) == ("tiny-1", [])


@pytest.mark.parametrize("who", ["reviewer", "artisan"])
def test_neither_a_reviewer_nor_a_workshop_changes_what_serves(hub: Town, own: Path, who: str) -> None:
    assert ask(hub, who=who, force=True).status_code == 403
    back = hub.client(who).post("/v1/release-rollback", json={"seen": "tiny-1", "why": "mine"})
    assert back.status_code == 403
