"""Appeals: a workshop is heard, the figures stay right meanwhile, and nobody else hears it."""

import hashlib
import json
import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.photos import jpeg
from tests.parts.served import OTHER, Town, clean, dark, drawn, tarnished
from tests.parts.sweeping import sweep_twice
from ubora.datasets.manifest import read_manifest
from ubora.service.harvests.harvest import HarvestError, harvest
from ubora.service.storage.voices import VoiceError, voice_kind

WEBM = (
    b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
    + bytes(99)
)
OGG = b"OggS\x00\x02" + b"\0" * 22 + b"\x01\x13OpusHead" + b"\0" * 40
MP4 = b"\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00M4A mp42isom" + b"\0" * 40
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\0" * 40
VOICES = {"audio/webm": WEBM, "audio/ogg": OGG, "audio/mp4": MP4, "audio/wav": WAV}


def contest(
    town: Town,
    inspection: str,
    *,
    who: str = "artisan",
    name: Any = None,
    note: str = "",
    voice: bytes | None = None,
    photo: bytes | None = None,
) -> httpx.Response:
    files: list[tuple[str, Any]] = [("context", (None, json.dumps({"note": note})))]
    files += [("voice", ("voice.html", voice, "text/html"))] if voice is not None else []
    files += [("photo", ("photo.jpg", photo))] if photo is not None else []
    return town.client(who).put(f"/v1/inspections/{inspection}/appeals/{name or uuid.uuid4()}", files=files)


def rate(town: Town) -> tuple[int, int, int, int]:
    """decided, passed, pending, first tries decided"""
    found = town.client("reviewer").get("/v1/pass-rate").json()
    names = ("pieces_decided", "pieces_passed", "pieces_pending", "first_pass_decided")
    return tuple(found[name] for name in names)


def flagged(town: Town, seed: int = 0, **context: Any) -> str:
    return str(town.send(tarnished(seed), **context).json()["id"])


def test_a_rejected_piece_that_is_contested_waits_again_and_accepting_overturns_it(town: Town) -> None:
    piece = flagged(town)
    town.review(piece, "reject", note="a stain")
    assert rate(town) == (1, 0, 0, 1)
    photo = jpeg(drawn(seed=9))
    answer = contest(town, piece, note=" It is patina. ", voice=WEBM, photo=photo)
    body = answer.json()
    assert (answer.status_code, body["status"], body["review"]["note"]) == (201, "pending", "a stain")
    appeal = body["appeal"]
    assert (appeal["note"], appeal["outcome"], appeal["decided_at"]) == ("It is patina.", "waiting", None)
    assert rate(town) == (0, 0, 1, 0)
    staff = town.client("engineer")
    voice, second = staff.get(appeal["voice_url"]), staff.get(appeal["photo_url"])
    assert (voice.content, second.headers["content-type"]) == (WEBM, "image/jpeg")
    town.review(piece, "accept", defects=[], who="admin")
    after = town.client("artisan").get(f"/v1/inspections/{piece}").json()
    assert (after["status"], after["appeal"]["outcome"]) == ("accepted", "overturned")
    assert after["appeal"]["decided_at"] == after["review"]["at"] == after["changed_at"]
    assert rate(town) == (1, 1, 0, 1)


def test_a_flag_may_be_contested_before_anybody_looked_and_be_upheld(town: Town) -> None:
    piece = flagged(town)
    assert contest(town, piece, note="no").json()["status"] == "pending"
    assert rate(town) == (0, 0, 1, 0)
    assert town.review(piece, "rework").json()["appeal"]["outcome"] == "upheld"
    assert rate(town) == (1, 0, 0, 1)


def test_a_changed_mind_changes_what_the_workshop_is_told(town: Town) -> None:
    piece = flagged(town)
    contest(town, piece, note="no")
    outcomes = [town.review(piece, one).json()["appeal"]["outcome"] for one in ("reject", "accept", "reject")]
    assert outcomes == ["upheld", "overturned", "upheld"]


def test_a_review_made_without_seeing_the_appeal_is_refused(town: Town) -> None:
    piece = flagged(town)
    appeal = contest(town, piece, note="no").json()["appeal"]["id"]
    path, reject = f"/v1/inspections/{piece}/reviews", {"disposition": "reject"}
    for unseen in ({}, {"appeal": None}, {"appeal": str(uuid.uuid4())}):
        blind = town.client("reviewer").put(f"{path}/{uuid.uuid4()}", json={**reject, **unseen})
        assert (blind.status_code, blind.json()["type"]) == (409, "/problems/appeal-unseen")
    assert town.review(piece, "reject", appeal=appeal).json()["appeal"]["outcome"] == "upheld"
    twice = town.review(piece, "accept", appeal=appeal, after=None)
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/review-unseen")
    late = town.review(piece, "accept", appeal=appeal)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/appeal-unseen")
    assert town.review(piece, "accept", appeal=None).status_code == 201


def test_the_same_appeal_again_is_harmless_and_another_has_to_wait(town: Town) -> None:
    piece, other, name = flagged(town), flagged(town, 1), uuid.uuid4()
    answers = [
        contest(town, piece, name=name, note="no", voice=OGG),
        contest(town, piece, name=name, note="no", voice=OGG),
        contest(town, piece, name=name, note="yes", voice=OGG),
        contest(town, other, name=name, note="no", voice=OGG),
        contest(town, piece, note="no"),
    ]
    assert [one.status_code for one in answers] == [201, 200, 409, 409, 409]
    types = [one.json()["type"].removeprefix("/problems/") for one in answers[2:]]
    assert types == ["conflict", "conflict", "appeal-waiting"]
    town.review(piece, "reject")
    repeat = contest(town, piece, name=name, note="no", voice=OGG)  # its first answer was lost for a day
    assert (repeat.status_code, repeat.json()["status"], repeat.json()["appeal"]["outcome"]) == (
        200,
        "rejected",
        "upheld",
    )


def test_the_same_appeal_many_times_at_once_is_stored_once(town: Town) -> None:
    piece, name, start = flagged(town), uuid.uuid4(), threading.Barrier(5)

    def put(_: int) -> int:
        start.wait()
        return contest(town, piece, name=name, voice=WAV).status_code

    with ThreadPoolExecutor(5) as pool:
        statuses = sorted(pool.map(put, range(5)))
    assert statuses == [200] * 4 + [201]
    assert rate(town) == (0, 0, 1, 0)


def test_what_passed_or_is_to_be_photographed_again_is_not_contested(town: Town) -> None:
    accepted = flagged(town, 5)
    town.review(accepted, "accept")
    for piece in (town.send(clean()).json()["id"], town.send(dark()).json()["id"], accepted):
        answer = contest(town, piece, note="no")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-contestable")


def test_a_piece_is_contested_three_times_at_most(town: Town) -> None:
    piece = flagged(town)
    for who in ("reviewer", "admin", "reviewer"):
        assert contest(town, piece, note="no").status_code == 201
        town.review(piece, "reject", who=who)
    answer = contest(town, piece, note="no")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/appealed-enough")


def test_what_was_photographed_again_since_is_contested_by_its_new_photo(town: Town) -> None:
    old = flagged(town, 1, lot="L", piece="7")
    new = flagged(town, 2, lot="L", piece="7")
    answer = contest(town, old, note="no")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/superseded")
    assert contest(town, new, note="no").status_code == 201


def test_nobody_contests_or_hears_for_another_workshop(town: Town) -> None:
    piece = flagged(town)
    assert contest(town, piece, who="other", note="no").status_code == 404
    assert contest(town, piece, who="engineer", note="no").status_code == 403
    appeal = contest(town, piece, voice=MP4, photo=clean()).json()["appeal"]
    others = town.send(tarnished(), who="other", microfactory=OTHER).json()["id"]
    stranger, nobody = town.client("other"), town.client(None)
    for url in (appeal["voice_url"], appeal["photo_url"]):
        assert [one.get(url).status_code for one in (stranger, nobody)] == [404, 401]
        # Nor by the door of her own piece.
        assert stranger.get(url.replace(piece, others)).status_code == 404
        assert town.client("artisan").get(url).status_code == 200
    seen = stranger.get("/v1/inspections?appeal=waiting").json()["items"]
    assert (seen, len(town.client("reviewer").get("/v1/inspections?appeal=waiting").json()["items"])) == (
        [],
        1,
    )


@pytest.mark.parametrize("kind", VOICES)
def test_a_voice_is_sent_as_the_sound_that_it_is_and_as_nothing_else(town: Town, kind: str) -> None:
    hostile = VOICES[kind] + b"<script>alert(1)</script>"  # and it was called voice.html
    url = contest(town, flagged(town), voice=hostile).json()["appeal"]["voice_url"]
    answer = town.client("reviewer").get(url)
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (kind, "nosniff")
    ending = kind.removeprefix("audio/")
    assert answer.headers["content-disposition"] == f'attachment; filename="voice.{ending}"'
    assert answer.content == hostile


@pytest.mark.parametrize(
    "voice",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"\xff\xd8\xff\xe0",
        b"\x1a\x45\xdf\xa3" + b"\0" * 64,  # matroska of another kind
        b"RIFF\0\0\0\0AVI ",
        b"OggX" + b"\0" * 64,
        b"\xff\xff\xff\xffftypM4A ",
        b"%PDF-1.7",
    ],
)
def test_what_is_no_voice_note_is_refused(shared_town: Town, voice: bytes) -> None:
    with pytest.raises(VoiceError):
        voice_kind(voice)
    answer = contest(shared_town, flagged(shared_town), note="listen", voice=voice)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/not-a-voice")


def test_a_voice_or_photo_too_large_or_broken_changes_nothing(town: Town) -> None:
    piece = flagged(town)
    answers = [
        contest(town, piece, voice=WEBM + b"\0" * 400_000),
        contest(town, piece, photo=b"no photo"),
        contest(town, piece, photo=clean()[:-200]),
        contest(town, piece),
        contest(town, piece, note=" \n"),
        contest(town, piece, note="x" * 1001),
        contest(town, piece, note="a\0b"),
    ]
    assert [one.status_code for one in answers] == [413, 415, 422, 422, 422, 422, 422]
    after = town.client("artisan").get(f"/v1/inspections/{piece}").json()
    assert (after["appeal"], after["changed_at"]) == (None, after["received_at"])


def test_the_second_photo_keeps_no_trace_of_the_phone(town: Town) -> None:
    photo = jpeg(drawn(), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x0f\0\x02\0\0\0\x06Secret")
    assert b"Secret" in photo
    url = contest(town, flagged(town), photo=photo).json()["appeal"]["photo_url"]
    assert b"Secret" not in town.client("reviewer").get(url).content


@pytest.mark.folder_alone("it ages or removes files of the folder")
def test_the_sweeper_leaves_what_an_appeal_refers_to(town: Town) -> None:
    appeal = contest(town, flagged(town), voice=WEBM, photo=jpeg(drawn(seed=3))).json()["appeal"]
    orphan = town.state.store.put_voice(b"nobody's")
    store = town.state.store
    kept = store.voice_path(hashlib.sha256(WEBM).hexdigest())
    for path in [path for kind in ("voices", "photos") for path in (store.folder / kind).rglob("*.*")]:
        os.utime(path, (0, 0))
    sweep_twice(town.state)
    assert (kept.is_file(), store.voice_path(orphan).exists()) == (True, False)
    assert [town.client("artisan").get(appeal[name]).status_code for name in ("voice_url", "photo_url")] == [
        200
    ] * 2


def test_a_contested_piece_is_in_no_harvest_until_it_is_decided_again(town: Town, tmp_path: Path) -> None:
    piece = flagged(town, 1)
    town.review(piece, "reject", defects=[{"defect": "dent"}])
    contest(town, piece, note="no", photo=clean(8))
    with pytest.raises(HarvestError, match="nothing was reviewed"):
        harvest(town.settings, tmp_path / "early")
    town.review(piece, "accept", defects=[], who="admin")
    harvest(town.settings, tmp_path / "late")
    (sample,) = read_manifest(
        tmp_path / "late"
    ).samples  # the second photo was never inspected, so it is none
    assert sample.defects == ()


def test_news_come_in_the_order_in_which_they_happened_and_nothing_else_comes(town: Town) -> None:
    client = town.client("artisan")
    first, second, third = (flagged(town, seed) for seed in range(3))
    changes = [item["changed_at"] for item in client.get("/v1/inspections").json()["items"]]
    start = client.get("/v1/inspections", params={"changed_since": min(changes)}).json()["items"]
    assert [item["id"] for item in start] == [first, second, third]
    since = start[-1]["changed_at"]
    town.review(first, "reject")
    contest(town, first, note="no")
    town.review(second, "accept")
    town.send(tarnished(), who="other", microfactory=OTHER)
    query: dict[str, str | int] = {"changed_since": since, "limit": 2}
    page = client.get("/v1/inspections", params=query).json()
    assert [item["id"] for item in page["items"]] == [
        third,
        first,
    ]  # the last one known, once more; then news
    rest = client.get("/v1/inspections", params=query | {"cursor": page["next_cursor"]}).json()
    assert ([item["id"] for item in rest["items"]], rest["next_cursor"]) == ([second], None)
    assert client.get("/v1/inspections?changed_since=yesterday").status_code == 422
