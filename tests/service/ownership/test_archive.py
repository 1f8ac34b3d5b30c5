"""A workshop gets everything of its own as one archive, and nothing of anybody else's."""

import csv
import io
import json
import os
import tracemalloc
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tests.parts.served import OTHER, OWN, PASSWORD, Town, clean, serve, tarnished
from ubora.service.ledger.tables import Inspection, Photo
from ubora.service.ownership.archive_files import archive_of

VOICE = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(200)
ARCHIVE = f"/v1/microfactories/{OWN}/archive"


def opened(answer: httpx.Response) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    return found


def read(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(name))


def test_it_holds_all_that_a_workshop_sent_and_got_back(town: Town) -> None:
    lot = {"microfactory": OWN, "design": "disc", "pieces": 3, "views": ["front", "back"], "note": "thin"}
    assert town.client("reviewer").put("/v1/lots/L-1", json=lot).status_code == 201
    piece = town.send(tarnished(1), clean(2), views=["front", "back"], lot="L-1", piece="=1+1").json()["id"]
    person = town.log_in("Wanjiku")
    review = {"disposition": "reject", "note": "too dark"}
    assert person.put(f"/v1/inspections/{piece}/reviews/{uuid.uuid4()}", json=review).status_code == 201
    appeal = str(uuid.uuid4())
    said: list[tuple[str, Any]] = [
        ("context", (None, json.dumps({"note": "it is patina"}))),
        ("voice", ("voice", VOICE)),
        ("photo", ("photo.jpg", clean(3))),
    ]
    sent = town.client("artisan").put(f"/v1/inspections/{piece}/appeals/{appeal}", files=said)
    assert sent.status_code == 201, sent.text
    foreign = town.send(clean(4), who="other", microfactory=OTHER).json()["id"]

    archive = opened(town.client("artisan").get(ARCHIVE))
    names = set(archive.namelist())
    photos = {f"photos/{piece}/0-front.jpg", f"photos/{piece}/1-back.jpg"}
    contest = {f"photos/{piece}/appeal-{appeal}.jpg", f"voices/{piece}/{appeal}.webm"}
    data = {"about.json", "orders.json", "consents.json", "corrective.json", "pieces.json", "pieces.csv"}
    assert names == photos | contest | data
    for index, view in enumerate(("front", "back")):
        stored = town.client("artisan").get(f"/v1/inspections/{piece}/photos/{index}").content
        assert archive.read(f"photos/{piece}/{index}-{view}.jpg") == stored
    assert archive.read(f"voices/{piece}/{appeal}.webm") == VOICE
    (found,) = read(archive, "pieces.json")
    assert (found["id"], found["verdict"], found["status"], found["piece"]) == (
        piece,
        "flag",
        "pending",
        "=1+1",
    )
    assert [one["defect"] for one in found["photos"][0]["defects"]] == ["tarnish"]
    (judged,) = found["reviews"]
    assert (judged["by"], judged["disposition"], judged["note"]) == ("reviewer", "reject", "too dark")
    assert (found["appeals"][0]["note"], found["appeals"][0]["outcome"]) == ("it is patina", "waiting")
    assert [one["id"] for one in read(archive, "orders.json")] == ["L-1"]
    assert read(archive, "consents.json")[0]["photos"] is True
    (row,) = csv.DictReader(io.StringIO(archive.read("pieces.csv").decode()))
    # What a spreadsheet would take for a formula is text.
    assert (row["piece"], row["photos"], row["last_review"]) == ("'=1+1", "2", "reject")
    whole = b"".join(archive.read(name) for name in data)
    assert b"Wanjiku" not in whole
    assert foreign.encode() not in whole
    assert OTHER.encode() not in whole


def test_an_empty_workshop_gets_one_too_and_every_download_is_on_record(town: Town) -> None:
    archive = opened(town.client("admin").get(ARCHIVE))
    assert (read(archive, "pieces.json"), read(archive, "orders.json")) == ([], [])
    assert read(archive, "about.json")["microfactory"] == OWN
    line = town.client("admin").get("/v1/audit").json()["items"][0]
    assert (line["action"], line["subject"], line["actor"]) == ("archive-taken", OWN, "admin")


def test_it_is_the_workshops_and_an_admins_and_nobody_elses(town: Town) -> None:
    assert town.client("other").get(ARCHIVE).status_code == 404
    assert town.client("admin").get("/v1/microfactories/none/archive").status_code == 404
    assert town.client(None).get(ARCHIVE).status_code == 401
    for who in ("reviewer", "engineer"):
        assert town.client(who).get(ARCHIVE).status_code == 403
        assert town.client(who).post(f"{ARCHIVE}-link").status_code == 403
    browser = town.log_in("Njeri", PASSWORD)
    assert opened(browser.get(ARCHIVE)).namelist()


def test_a_phones_link_is_good_for_an_hour_its_workshop_and_its_token(tmp_path: Path, releases: Path) -> None:
    ahead = timedelta(0)
    with serve(tmp_path, releases, clock=lambda: datetime.now(UTC) + ahead) as town:
        made = town.client("artisan").post(f"{ARCHIVE}-link")
        assert made.status_code == 201, made.text
        url = made.json()["url"]
        nobody = town.client(None)
        assert opened(nobody.get(url)).namelist()
        assert opened(nobody.get(url)).namelist()
        ticket = url.split("ticket=")[1]
        token, ends, code = ticket.split(".")
        later = f"{token}.{int(ends) + 60}.{code}"
        for wrong in (later, f"{token}.{ends}.{'0' * 64}", "a.b.c", "", f"{token}.²³.{code}"):
            assert nobody.get(ARCHIVE, params={"ticket": wrong}).status_code == 401
        assert nobody.get(f"/v1/microfactories/{OTHER}/archive", params={"ticket": ticket}).status_code == 401
        ahead = timedelta(minutes=61)
        assert nobody.get(url).status_code == 401
        ahead = timedelta(0)
        assert town.client("admin").delete(f"/v1/tokens/{token}").status_code == 204
        assert nobody.get(url).status_code == 401


@pytest.mark.folder_alone("it ages or removes files of the folder")
def test_a_large_one_is_held_nowhere_and_a_photo_that_is_gone_is_named(town: Town) -> None:
    piece = town.send(clean()).json()["id"]
    large = town.state.store.put("photos", os.urandom(1_000_000))
    with town.state.ledger.write() as session:
        row = session.get_one(Inspection, piece)
        copied = {c.key: getattr(row, c.key) for c in Inspection.__mapper__.column_attrs}
        (photo,) = row.photos
        shown = {c.key: getattr(photo, c.key) for c in Photo.__mapper__.column_attrs}
        for at in range(250):
            name = str(uuid.uuid4())
            own = {
                "id": name,
                "number": row.number + 1 + at,
                "change": row.change + 1 + at,
                "piece_key": name,
            }
            session.add(Inspection(**copied | own))
            session.flush()
            session.add(Photo(**shown | {"inspection": name, "stored_sha256": large}))
    tracemalloc.start()
    size = sum(len(chunk) for chunk in archive_of(town.state, OWN, OWN))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 250_000_000
    assert peak < 25_000_000
    with town.state.ledger.read() as session:
        first = session.scalars(select(Photo).where(Photo.inspection == piece)).one()
    town.state.store.photo_path(first.stored_sha256).unlink()
    data = io.BytesIO(b"".join(archive_of(town.state, OWN, OWN)))
    archive = zipfile.ZipFile(data)
    assert read(archive, "missing.json") == [f"photos/{piece}/0-front.jpg"]
    assert len(read(archive, "pieces.json")) == 251
