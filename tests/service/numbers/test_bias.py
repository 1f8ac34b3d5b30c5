"""The bias audit: counts as people found them, gaps that stand many tries, and what is kept of phones."""

import csv
import io
import uuid
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import OTHER, OWN, Town, clean, context_of, parts, serve
from tests.service.numbers.making import NOW, add, make_work, review
from ubora.service.inspections.rows import phone_of
from ubora.service.ledger.tables import AuditDraw, Inspection
from ubora.service.numbers.bias.audited import light_of, warmth_of
from ubora.service.statistics.escapes import Stratum
from ubora.service.statistics.fairness.errors import Audited, false_flags, misses

DAYS = {"since": "2026-10-25", "until": "2026-11-23"}
OLD_PHONE, NEW_PHONE = "SM-J260", "SM-A546"


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    """An old phone of which many good pieces are flagged, a new one of which few are, and one of a day."""
    with serve(tmp_path_factory.mktemp("audited"), releases, clock=lambda: NOW) as town:
        with town.state.ledger.write() as session:
            make_work(session)
            for number in range(80):
                add(session, "accepted" if number < 40 else "rework", f"o{number}", phone=OLD_PHONE)
                add(
                    session,
                    "accepted" if number < 6 else "rework",
                    f"n{number}",
                    phone=NEW_PHONE,
                    workshop=OTHER,
                )
            for number in range(20):
                for phone, workshop in ((OLD_PHONE, OWN), (NEW_PHONE, OTHER)):
                    row = add(session, "passed", f"p{number}", phone=phone, workshop=workshop)
                    session.add(AuditDraw(inspection=row.id, received_at=row.received_at, share=0.5))
                    session.flush()
                    if number < 16:
                        review(session, row, "accept" if number else "rework")
            row = add(session, "passed", "h", phone=NEW_PHONE, workshop=OTHER, days_ago=1)
            review(session, row, "accept", in_hand="goods_in")
            add(session, "accepted", "1", phone="once")
            row = add(session, "passed", "c", phone=OLD_PHONE)
            review(session, row, "rework", in_hand="return")
            row.status = "pending"  # contested
            add(session, "pending", "waits", phone=OLD_PHONE)
            add(session, "retake", "again", phone=OLD_PHONE)
        yield town


def _groups(town: Town, by: str) -> dict[str, dict[str, Any]]:
    answer = town.client("engineer").get("/v1/numbers/bias", params={**DAYS, "by": by})
    assert answer.status_code == 200, answer.text
    return {one["name"]: one for one in answer.json()["items"]}


def test_shares_are_those_of_the_audited_pieces_weighed_by_what_was_drawn(audited: Town) -> None:
    old = _groups(audited, "phone")[OLD_PHONE]
    counts = Audited((Stratum(40, 16, 1),), flagged=80, accepted=40)
    for name, expected in (("false_flags", false_flags(counts)), ("misses", misses(counts))):
        assert old[name]["share"] == pytest.approx(expected.share)
        assert old[name]["interval"] == pytest.approx([expected.low, expected.high])
    assert (old["good"], old["bad"]) == (55, 41)


def test_a_piece_in_hand_is_a_stratum_of_its_own(audited: Town) -> None:
    new = _groups(audited, "microfactory")[OTHER]
    counts = Audited((Stratum(40, 16, 1), Stratum(1, 1, 0)), flagged=80, accepted=6)
    assert new["false_flags"]["share"] == pytest.approx(false_flags(counts).share)


def test_a_phone_of_which_good_pieces_are_flagged_more_often_is_told(audited: Town) -> None:
    phones = _groups(audited, "phone")
    told = {name: one["false_flags"]["told"] for name, one in phones.items()}
    assert told == {OLD_PHONE: "more", NEW_PHONE: "fewer", "once": "too-few"}
    assert phones[OLD_PHONE]["false_flags"]["chance"] < 0.05
    assert {name: one["misses"]["told"] for name, one in phones.items()} == {
        OLD_PHONE: "not-seen",
        NEW_PHONE: "not-seen",
        "once": "too-few",
    }


def test_where_all_are_of_one_group_there_is_nothing_beside_it(audited: Town) -> None:
    brass = _groups(audited, "material")["brass"]["false_flags"]
    assert (brass["told"], brass["difference"], brass["chance"]) == ("no-others", None, None)
    assert brass["share"] is not None


def test_with_too_few_pieces_there_are_counts_and_no_share(audited: Town) -> None:
    once = _groups(audited, "phone")["once"]
    assert (once["good"], once["false_flags"]["share"], once["false_flags"]["interval"]) == (1, None, None)


def test_what_is_asked_of_one_factor_is_allowed_for_as_one_of_all(audited: Town) -> None:
    client = audited.client("reviewer")
    everything = client.get("/v1/numbers/bias", params=DAYS).json()
    one = client.get("/v1/numbers/bias", params={**DAYS, "by": "phone"}).json()
    assert one["asked"] == everything["asked"]
    assert [item for item in everything["items"] if item["by"] == "phone"] == one["items"]


def test_the_audit_is_a_table_and_a_picture(audited: Town) -> None:
    client = audited.client("engineer")
    answer = client.get("/v1/numbers/bias", params={**DAYS, "by": "phone", "format": "csv"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["name"], row["false_flags_told"]) for row in rows] == [
        (NEW_PHONE, "fewer"),
        (OLD_PHONE, "more"),
        ("once", "too-few"),
    ]
    drawing = client.get("/v1/numbers/bias/chart.svg", params={**DAYS, "by": "phone", "language": "sw"})
    assert ElementTree.fromstring(drawing.text).tag == "{http://www.w3.org/2000/svg}svg"
    assert (f">{OLD_PHONE}<" in drawing.text, ">once<" in drawing.text) == (True, False)


def test_a_network_without_audited_pieces_says_nothing(town: Town) -> None:
    client = town.client("engineer")
    answer = client.get("/v1/numbers/bias").json()
    assert (answer["items"], answer["asked"]) == ([], 0)
    assert client.get("/v1/numbers/bias/chart.svg").status_code == 200


CHROME = (
    "Mozilla/5.0 (Linux; Android {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "hint", "expected"),
    [
        (CHROME.format("11; SM-A125F"), "", "SM-A125F"),
        (CHROME.format("8.1.0; TECNO KC2 Build/O11019; wv"), "", "TECNO KC2"),
        (CHROME.format("10; K"), "", None),
        (CHROME.format("10; K"), '"Infinix X6511"', "Infinix X6511"),
        ("Mozilla/5.0 (Android 13; Mobile; rv:109.0) Gecko/118.0 Firefox/118.0", "", None),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Safari/604.1", "", "iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0", '""', None),
        ("python-httpx/0.28", "", None),
        (CHROME.format("10; " + "x" * 90), "=<b>", "b"),
        (CHROME.format("10; " + "x" * 90), "", "x" * 40),
    ],
)
def test_of_a_phone_its_model_is_kept_where_the_browser_says_it(
    agent: str, hint: str, expected: str | None
) -> None:
    assert phone_of(agent, hint) == expected


def test_a_sent_piece_keeps_its_phone_its_light_and_where_it_lies(town: Town) -> None:
    name = str(uuid.uuid4())
    headers = {"User-Agent": CHROME.format("11; SM-A125F")}
    sent = parts(context_of(), clean())
    client = town.client("artisan")
    assert client.put(f"/v1/inspections/{name}", files=sent, headers=headers).status_code == 201
    # Another browser that sends the same again changes nothing.
    assert client.put(f"/v1/inspections/{name}", files=sent).status_code == 200
    with town.state.ledger.read() as session:
        row = session.get_one(Inspection, name)
        assert (row.phone, light_of(row.photos[0].measures)) == ("SM-A125F", "bright")
        assert warmth_of(row.photos[0].measures) in ("cold", "neutral", "warm")
        place = row.photos[0].place
    assert place is not None
    x, y, width, height = place
    assert 0 <= x < x + width <= 320
    assert 0 <= y < y + height <= 240


def test_light_of_before_it_was_measured_is_unknown() -> None:
    assert [light_of({"brightness": one}) for one in (40, 100, 190)] == ["dim", "middling", "bright"]
    assert [warmth_of({"warmth": one}) for one in (-0.3, 0, 0.3)] == ["cold", "neutral", "warm"]
    assert (light_of({}), warmth_of({})) == ("unknown", "unknown")
