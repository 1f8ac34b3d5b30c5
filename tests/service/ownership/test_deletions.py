"""What an admin deletes is gone everywhere, later backups included, and the counts stay right."""

import io
import json
import signal
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests import ROOT
from tests.parts.served import OWN, Town, clean, dark, serve, tarnished
from tests.parts.standing import accepted_by_two, comparing_releases, listed, put, show
from tests.parts.uploading import arriving, finish, send_all
from tests.service.ownership.deleting import (
    REASON,
    VOICE,
    audited,
    contested,
    counts_are_right,
    delete,
    on_disk,
    sent,
)
from ubora.command import main
from ubora.datasets.manifest import read_manifest
from ubora.service.harvests.harvest import harvest
from ubora.service.ledger.tables import (
    LeavingFile,
    Token,
)
from ubora.service.ownership.sweeper import sweep
from ubora.service.storage.backup import back_up
from ubora.service.storage.watch import Watch


def test_a_piece_is_gone_with_all_its_inspections_and_the_rest_stays(town: Town, tmp_path: Path) -> None:
    lot = {"microfactory": OWN, "design": "disc", "pieces": 3, "views": ["front"]}
    town.client("reviewer").put("/v1/lots/L", json=lot)
    before = on_disk(town)
    first = sent(town, tarnished(1), lot="L", piece="1")
    town.review(first, "rework")
    retake = sent(town, dark(2), lot="L", piece="1")
    second = sent(town, tarnished(3), lot="L", piece="1")
    appeal = contested(town, second)
    kept_from = on_disk(town)
    other = sent(town, tarnished(4), lot="L", piece="2")
    town.review(other, "reject")
    last_change = town.client("artisan").get("/v1/inspections").json()["items"][0]["change"]

    done = delete(town, inspection=second)
    assert done.status_code == 200, done.text
    assert done.json() == {
        "inspections": 3,
        "photos": 4,
        "voices": 1,
        "left_designs": [],
        "same_photo_in": [],
    }
    assert not on_disk(town) & (kept_from - before)
    for gone in (first, retake, second):
        assert town.client("artisan").get(f"/v1/inspections/{gone}").status_code == 404
    voice = f"/v1/inspections/{second}/appeals/{appeal}/voice"
    assert town.client("admin").get(voice).status_code == 404
    assert [one["id"] for one in town.client("admin").get("/v1/inspections").json()["items"]] == [other]
    assert counts_are_right(town)
    rate = town.client("artisan").get(f"/v1/microfactories/{OWN}/pass-rate").json()
    assert (rate["pieces_decided"], rate["pieces_pending"], rate["retakes"]) == (1, 0, 0)
    assert town.client("reviewer").get("/v1/lots").json()["items"][0]["done"] == 0
    line = audited(town)
    assert (line["action"], line["subject"], line["actor"]) == ("piece-deleted", second, "admin")
    assert (line["facts"]["reason"], line["facts"]["inspections"]) == (REASON, "3")
    # Phones hear of it with the news, once and in order.
    news = town.client("artisan").get(f"/v1/inspections?changed_after={last_change}&limit=2").json()
    more = (
        town.client("artisan")
        .get(f"/v1/inspections?changed_after={last_change}&limit=2&cursor={news['next_cursor']}")
        .json()
    )
    assert {one["id"] for one in news["deleted"] + more["deleted"]} == {first, retake, second}
    assert town.client("other").get(f"/v1/inspections?changed_after={last_change}").json()["deleted"] == []
    # Nor does a harvest or an archive have it.
    harvest(town.settings, tmp_path / "harvest")
    assert len(read_manifest(tmp_path / "harvest").samples) == 1
    archive = zipfile.ZipFile(
        io.BytesIO(town.client("artisan").get(f"/v1/microfactories/{OWN}/archive").content)
    )
    assert [one["id"] for one in json.loads(archive.read("pieces.json"))] == [other]


@pytest.mark.sqlite_alone("PostgreSQL has tools of its own for backups")
def test_a_backup_made_afterwards_has_nothing_of_it(town: Town, tmp_path: Path) -> None:
    piece, other = sent(town, tarnished(1)), sent(town, tarnished(2))
    contested(town, piece)
    delete(town, inspection=piece)
    record, _ = back_up(town.settings, tmp_path / "backup")
    assert (record.inspections, record.files, record.faults) == (1, {"photos": 1, "heatmaps": 1}, ())
    ledger = (tmp_path / "backup" / record.ledger).read_bytes()
    assert (b"it is patina" in ledger, other.encode() in ledger) == (False, True)


def test_deleting_twice_is_told_and_what_never_was_is_not_found(town: Town) -> None:
    piece = sent(town, clean(1))
    assert delete(town, inspection=piece).status_code == 200
    again = delete(town, inspection=piece)
    assert (again.status_code, again.json()["type"]) == (410, "/problems/deleted")
    assert delete(town, inspection=str(uuid.uuid4())).status_code == 404
    assert delete(town, phone="nobody").status_code == 404


def test_a_phone_that_sends_it_again_is_told_and_nothing_comes_back(town: Town) -> None:
    name = str(uuid.uuid4())
    sent(town, tarnished(1), name=name, piece="1", lot="L")
    before = on_disk(town)
    delete(town, inspection=name)
    same = town.send(tarnished(1), name=name, piece="1", lot="L")
    other_name = town.send(tarnished(1), clean(2), piece="1", lot="L")
    assert [(one.status_code, one.json()["type"]) for one in (same, other_name)] == [
        (410, "/problems/deleted")
    ] * 2
    assert not on_disk(town) & before
    assert town.client("admin").get("/v1/inspections").json()["items"] == []
    # As the phone's outbox does it.
    upload = send_all(town.client("artisan"), tarnished(1))
    assert finish(town.client("artisan"), name, upload).status_code == 410
    assert arriving(town) == []


def test_everything_that_a_phone_sent_goes_and_other_phones_pieces_count_anew(town: Town) -> None:
    code = (
        town.client("reviewer").post("/v1/enrolments", json={"microfactory": OWN, "label": "second"}).json()
    )
    second = town.client(None).post("/v1/enrol", json={"code": code["code"]}).json()["token"]
    town.tokens["second"] = second
    mine = sent(town, tarnished(1), piece="1", lot="L")
    town.review(mine, "reject")
    theirs = sent(town, clean(2), piece="1", lot="L", who="second")
    sent(town, dark(3), who="second")
    flagged = sent(town, tarnished(4), piece="2", lot="L")
    said: list[tuple[str, Any]] = [("context", (None, '{"note": "no"}')), ("voice", ("voice", VOICE))]
    appeal = f"/v1/inspections/{flagged}/appeals/{uuid.uuid4()}"
    assert town.client("second").put(appeal, files=said).status_code == 201
    half = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0", "Upload-Length": "9"}
    upload = f"/v1/uploads/{uuid.uuid4()}"
    assert town.client("second").patch(upload, content=b"half", headers=half).status_code in (200, 204)
    with town.state.ledger.read() as session:
        phone = session.scalars(select(Token.id).where(Token.label == "second")).one()
    done = delete(town, phone=phone)
    assert (done.json()["inspections"], done.json()["voices"]) == (2, 1), done.text
    assert town.client("admin").get(f"/v1/inspections/{theirs}").status_code == 404
    assert {one["id"] for one in town.client("admin").get("/v1/inspections").json()["items"]} == {
        mine,
        flagged,
    }
    rate = town.client("artisan").get(f"/v1/microfactories/{OWN}/pass-rate").json()
    assert (rate["pieces_decided"], rate["pieces_passed"], rate["retakes"]) == (1, 0, 0)
    assert counts_are_right(town)
    waits = town.client("reviewer").get(f"/v1/inspections/{flagged}").json()
    assert (waits["status"], waits["appeal"]["note"], waits["appeal"]["voice_url"]) == ("pending", "", None)
    assert town.client("second").head(upload).status_code == 404
    assert delete(town, phone=phone).status_code == 410
    line = audited(town)
    assert (line["action"], line["facts"]["label"], line["facts"]["inspections"]) == (
        "phone-deleted",
        "second",
        "2",
    )


def test_a_photo_that_stands_for_a_design_is_refused_or_leaves_with_a_word(tmp_path: Path) -> None:
    with serve(tmp_path, comparing_releases(tmp_path / "comparing")) as town:
        show(town, clean(1))
        same = sent(town, clean(1))
        for what in ({"inspection": same}, {"inspection": same, "photo": 0}):
            refused = delete(town, **what)
            assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stands-for-design")
            assert refused.json()["design"] == "disc"
        piece = accepted_by_two(town, clean(2), clean(3), views=["front", "back"])
        assert put(town, piece).status_code == 201
        version = listed(town)["version"]
        assert delete(town, inspection=piece, photo=1).json()["left_designs"] == ["disc"]
        (left,) = listed(town)["items"]
        assert (left["removed"]["why"], left["removed"]["version"]) == ("deleted", version + 1)
        assert [one["condition"] for one in put(town, piece).json()["unmet"]] == ["photo-kept"]
        another = accepted_by_two(town, clean(4))
        assert put(town, another).status_code == 201
        assert delete(town, inspection=another).json()["left_designs"] == ["disc"]
        assert [one["inspection"] for one in listed(town)["items"]] == [piece]


@pytest.mark.parametrize("who", ["artisan", "reviewer", "engineer"])
def test_only_an_admin_deletes(town: Town, who: str) -> None:
    piece = sent(town, clean(1))
    assert delete(town, who=who, inspection=piece).status_code == 403
    assert town.client("artisan").get(f"/v1/inspections/{piece}").status_code == 200


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"photo": 0},
        {"inspection": str(uuid.uuid4()), "phone": "x"},
        {"inspection": str(uuid.uuid4()), "part": "voice"},
        {"phone": "x", "reason": "  "},
    ],
)
def test_it_names_one_thing_and_a_reason(town: Town, what: dict[str, Any]) -> None:
    assert delete(town, **what).status_code == 422


KILLED = """
import os, signal, sys
from ubora.service.ownership import deletion_command, deletions
from ubora.command import main
deletions.remove_files = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""


def test_a_kill_between_ledger_and_files_is_finished_by_the_sweeper(town: Town) -> None:
    before = on_disk(town)
    piece = sent(town, tarnished(1))
    words = [
        "admin",
        "delete",
        "piece",
        piece,
        "--reason",
        REASON,
        "--yes",
        *town.ledger_options,
    ]
    done = subprocess.run([sys.executable, "-c", KILLED, *words], cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert town.client("admin").get(f"/v1/inspections/{piece}").status_code == 404
    assert on_disk(town) - before
    # Young as they are: they need no day to be taken for orphans.
    sweep(town.state, Watch())
    assert on_disk(town) == before
    with town.state.ledger.read() as session:
        assert session.scalars(select(LeavingFile)).all() == []


def test_the_command_deletes_as_the_console_does(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    piece = sent(town, tarnished(1), clean(2))
    data = town.ledger_options
    said = ["--reason", REASON, "--yes"]
    assert main(["admin", "delete", "photo", piece, "1", *said, *data]) == 0
    assert "1 photo" in capsys.readouterr().out
    assert main(["admin", "delete", "piece", piece, *said, *data]) == 0
    assert main(["admin", "delete", "piece", piece, *said, *data]) == 1
    assert "deleted at" in capsys.readouterr().err
    assert "at the server" in audited(town)["actor"]
    assert main(["admin", "delete", "phone", "nobody", "--reason", REASON, "--yes", *data]) == 1
