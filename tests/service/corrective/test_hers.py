"""What a workshop said stays its own: in its archive, and gone when it is deleted or no longer kept."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tests.parts.served import OWN, Town, serve
from tests.service.corrective.following import VOICE, confirmed_piece, opened, say, seen_by, step, told
from ubora.command import main
from ubora.service.ledger.tables import CorrectiveStep
from ubora.service.ownership.retention import expire
from ubora.service.storage.watch import Watch


def delete(town: Town, **what: str) -> httpx.Response:
    return town.client("admin").post("/v1/deletions", json={"reason": "asked for", **what})


def voices(town: Town) -> int:
    return len(list((town.settings.data / "voices").rglob("*.voice")))


def answered(town: Town) -> tuple[dict[str, Any], dict[str, Any]]:
    """The action, and her answer as the hub sees it."""
    action = told(town)
    assert say(town, action, phrases=["care"], note="in a box", voice=VOICE).status_code == 201
    return action, seen_by(town, "reviewer", action)["steps"][-1]


def test_her_archive_has_what_she_was_told_and_said_and_nothing_that_was_kept_at_the_hub(town: Town) -> None:
    action, answer = answered(town)
    opened(town, defect="dent", why="not told yet")
    step(town, action, "dropped", "for the hub alone")
    zipped = zipfile.ZipFile(
        io.BytesIO(town.client("artisan").get(f"/v1/microfactories/{OWN}/archive").content)
    )
    (found,) = json.loads(zipped.read("corrective.json"))
    assert [(one["by"], one["step"], one["note"]) for one in found["steps"]] == [
        ("hub", "opened", ""),
        ("hub", "told", "Keep finished pieces dry."),
        ("workshop", "answered", "in a box"),
        ("hub", "dropped", ""),
    ]
    voice = found["steps"][2]["voice"]
    assert (voice, zipped.read(voice)) == (f"voices/corrective/{action['id']}/{answer['id']}.webm", VOICE)


@pytest.mark.folder_alone("it looks at files of the folder")
def test_a_voice_note_is_deleted_for_good_and_its_answer_stays(town: Town) -> None:
    action, answer = answered(town)
    assert delete(town, answer=answer["id"]).json()["voices"] == 1
    assert voices(town) == 0
    assert town.client("reviewer").get(answer["voice_url"]).status_code == 410
    after = seen_by(town, "reviewer", action)["steps"][-1]
    assert (after["note"], after["voice_url"], after["voice_removed_at"] is None) == ("in a box", None, False)
    assert delete(town, answer=answer["id"]).status_code == 410
    assert delete(town, answer=action["id"]).status_code == 404
    again = say(town, action, voice=VOICE)
    assert (again.status_code, again.json()["type"]) == (410, "/problems/deleted")


@pytest.mark.folder_alone("it looks at files of the folder")
def test_a_shell_of_the_server_deletes_it_too(town: Town) -> None:
    _action, answer = answered(town)
    words = ["admin", "delete", "answer", answer["id"], "--reason", "asked for", "--yes"]
    assert main([*words, *town.ledger_options]) == 0
    assert voices(town) == 0


def test_everything_of_a_phone_takes_her_words_and_leaves_the_course(town: Town) -> None:
    piece = confirmed_piece(town, 1)
    action = told(town, inspection=piece)
    say(town, action, phrases=["care"], note="in a box", voice=VOICE)
    phones = town.client("admin").get("/v1/tokens").json()["items"]
    (phone,) = [one["id"] for one in phones if one["label"] == "artisan"]
    assert delete(town, phone=phone).json() == {
        "inspections": 1,
        "photos": 1,
        "voices": 1,
        "left_designs": [],
        "same_photo_in": [],
    }
    found = seen_by(town, "reviewer", action)
    assert (found["state"], found["inspection"], found["examples"]) == ("answered", None, [])
    assert [(one["step"], one["note"], one["phrases"]) for one in found["steps"]][-1] == ("answered", "", [])
    assert delete(town, phone=phone).status_code == 410


@pytest.mark.folder_alone("it looks at files of the folder")
def test_a_voice_note_is_kept_while_its_action_is_open_and_then_as_long_as_the_settings_say(
    tmp_path: Path, releases: Path
) -> None:
    with serve(tmp_path, releases, keep_voices_days=10) as town:
        action, answer = answered(town)
        with town.state.ledger.write() as session:
            row = session.scalars(select(CorrectiveStep).where(CorrectiveStep.id == answer["id"])).one()
            row.at = datetime.now(UTC) - timedelta(days=11)
        expire(town.state, Watch())
        assert voices(town) == 1
        step(town, action, "dropped", "moved")
        expire(town.state, Watch())
        assert voices(town) == 0
        assert town.client("artisan").get(answer["voice_url"]).status_code == 410
