"""Counts are of the days of the ledger's zone, are moved to another one as a whole, and are never of two."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.parts.ledgers.chosen import chosen, empty_ledger, ledger_url
from tests.parts.served import OTHER, OWN, clean, serve
from tests.service.numbers.making import NOW, add, make_work, review
from tests.service.storage.migrating import made_by
from ubora.command import main
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.days.moving import move_days
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.recount import differences
from ubora.service.ledger.tables import (
    DailyCount,
    FacetCount,
    NetworkCount,
    PieceDefect,
    PieceState,
)
from ubora.service.numbers.window import Window
from ubora.service.settings import Settings, SettingsError
from ubora.service.state import AppState

LATE = datetime.fromisoformat("2026-03-31T22:30Z")
ZONES = ("Africa/Nairobi", "Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati", "UTC")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, database_url=ledger_url(tmp_path))


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger.open(settings.ledger_url())
    with opened.write() as session:
        make_work(session)
    yield opened
    opened.close()


def _ago(at: datetime) -> float:
    return (NOW - at) / timedelta(days=1)


def _filled(ledger: Ledger) -> None:
    """Around both of New York's changes, an inspection every five hours, of every kind."""
    with ledger.write() as session:
        for change in (
            datetime.fromisoformat("2026-03-08T07:00Z"),
            datetime.fromisoformat("2026-11-01T06:00Z"),
        ):
            for step in range(-8, 9):
                ago = _ago(change + timedelta(hours=5 * step))
                name = f"{change.month}-{step}"
                add(session, "passed", name, days_ago=ago)
                add(session, "retake", name, days_ago=ago, workshop=OTHER)
                row = add(session, "pending", f"w{name}", days_ago=ago, design="comb", found=("dent",))
                review(session, row, ("rework", "accept")[step % 2], "Wanjiku", ("scratch",))
                add(session, "pending", "often", days_ago=ago, found=("crack",))
                add(session, "pending", f"o{name}", days_ago=ago, workshop=OTHER, found=("crack", "dent"))


def _all_counts(ledger: Ledger) -> list[tuple[object, ...]]:
    """All that tells of a day, in one order."""
    with ledger.read() as session:
        return sorted(
            (table.__name__, *(str(getattr(row, column.key)) for column in table.__mapper__.column_attrs))
            for table in (DailyCount, NetworkCount, FacetCount, PieceState, PieceDefect)
            for row in session.scalars(select(table))
        )


def test_a_photo_of_late_in_the_evening_by_utc_is_counted_tomorrow_in_nairobi(ledger: Ledger) -> None:
    with ledger.write() as session:
        add(session, "passed", "1", days_ago=_ago(LATE))
        add(session, "retake", "2", days_ago=_ago(LATE))
    with ledger.read() as session:
        days = [(row.day, row.decided, row.retakes) for row in session.scalars(select(NetworkCount))]
        begin, end = Window(date(2026, 4, 1), date(2026, 4, 1)).moments(session)
        assert list(differences(session)) == []
    assert days == [("2026-04-01", 1, 1)]
    assert (begin, end) == (LATE - timedelta(hours=1.5), LATE + timedelta(hours=22.5))


def test_moved_counts_are_those_of_having_counted_so_from_the_beginning(
    ledger: Ledger, tmp_path: Path
) -> None:
    _filled(ledger)
    for zone in ZONES[1:]:
        other = tmp_path / zone
        fresh = Ledger.open(Settings(data=other, database_url=ledger_url(other)).ledger_url(), zone=zone)
        with fresh.write() as session:
            make_work(session)
        _filled(fresh)
        with ledger.write() as session:
            move_days(session, zone)
        with ledger.read() as session:
            assert (str(days_of(session).zone), list(differences(session))) == (zone, [])
        found, expected = ([row[:1] + row[2:] for row in _counts_only(one)] for one in (ledger, fresh))
        fresh.close()
        assert found == expected


def _counts_only(ledger: Ledger) -> list[tuple[object, ...]]:
    """Without what names pieces: those of two ledgers have other names."""
    return [row for row in _all_counts(ledger) if row[0] not in ("PieceState", "PieceDefect")]


def test_there_and_back_nothing_has_changed(ledger: Ledger) -> None:
    _filled(ledger)
    before = _all_counts(ledger)
    for zone in (*ZONES[1:], ZONES[0]):
        with ledger.write() as session:
            moved = move_days(session, zone)
        assert moved > 0
    assert _all_counts(ledger) == before


def test_a_ledger_of_before_it_remembered_any_zone_is_moved_when_it_is_opened(tmp_path: Path) -> None:
    url = empty_ledger(chosen(), tmp_path)
    made_by(url, "0028").dispose()
    ledger = Ledger.open(url, zone="UTC")
    with ledger.write() as session:
        make_work(session)
        add(session, "passed", "1", days_ago=_ago(LATE))
    with ledger.engine.begin() as connection:
        before = connection.exec_driver_sql("SELECT day FROM network_counts").scalars().all()
        connection.exec_driver_sql("ALTER TABLE clock DROP COLUMN zone")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0027'")
    ledger.close()
    ledger = Ledger.open(url)
    with ledger.read() as session:
        days = session.scalars(select(NetworkCount.day)).all()
        zone, wrong = str(days_of(session).zone), list(differences(session))
    ledger.close()
    assert (before, days, zone, wrong) == (["2026-03-31"], ["2026-04-01"], "Africa/Nairobi", [])


def test_a_service_told_another_zone_does_not_start_and_says_what_counts_anew(
    ledger: Ledger, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ledger.write() as session:
        add(session, "passed", "1", days_ago=_ago(LATE))
        add(session, "pending", "1", days_ago=_ago(LATE), found=("dent",))
    told = settings.model_copy(update={"zone": "America/New_York"})
    with pytest.raises(
        SettingsError,
        match=r"counts the days of Africa/Nairobi.*`ubora admin recount --zone America/New_York --data ",
    ):
        AppState.open(told)
    command = ["admin", "recount", "--data", str(settings.data)]
    if settings.database_url is not None:
        command += ["--database-url", settings.database_url]
    assert main([*command, "--zone", "America/New_York"]) == 0
    said = capsys.readouterr().out
    assert (
        "moved     1 pieces and retakes from the days of Africa/Nairobi to those of America/New_York" in said
    )
    assert "counted   1 pieces anew, by the days of America/New_York" in said
    with AppState.open(told) as state, state.ledger.read() as session:
        assert session.scalars(select(NetworkCount.day)).all() == ["2026-03-31"]
        assert session.scalars(select(PieceDefect.day)).all() == ["2026-03-31"]
    # Whoever is told nothing goes by what the ledger remembers.
    with AppState.open(settings) as state:
        assert str(state.ledger.days().zone) == "America/New_York"


def test_a_ledger_in_which_nothing_came_yet_takes_the_zone_that_is_told(settings: Settings) -> None:
    with AppState.open(settings.model_copy(update={"zone": "Asia/Kathmandu"})) as state:
        assert str(state.ledger.days().zone) == "Asia/Kathmandu"


def test_who_wrote_before_others_counted_anew_counts_by_the_new_days(
    ledger: Ledger, settings: Settings
) -> None:
    other = Ledger.open(settings.ledger_url())
    with ledger.write() as session:
        add(session, "passed", "1", days_ago=_ago(LATE))
    with other.write() as session:
        move_days(session, "America/New_York")
    other.close()
    with ledger.write() as session:
        add(session, "passed", "2", days_ago=_ago(LATE))
    with ledger.read() as session:
        counts = [(row.day, row.decided) for row in session.scalars(select(NetworkCount))]
        wrong = list(differences(session))
    assert (counts, wrong) == ([("2026-03-31", 2)], [])


def test_every_answer_is_of_the_same_day_and_leads_to_its_pieces(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases, clock=lambda: LATE) as town:
        town.send(clean(), piece="late")
        hub, own = town.client("engineer"), town.client("artisan")
        me, network = hub.get("/v1/me").json(), hub.get("/v1/network").json()
        rates = hub.get("/v1/numbers/pass-rates?by=week&since=2026-04-01").json()
        behind = hub.get(rates["items"][0]["pieces_url"]).json()["items"]
        points = hub.get("/v1/numbers/over-time?every=day&since=2026-03-30&format=csv").text.splitlines()
        hers = own.get(f"/v1/microfactories/{OWN}/summary?window_days=1").json()
        report = hub.get("/v1/reports/2026-04").text
    assert (me["zone"], network["zone"]) == ("Africa/Nairobi", "Africa/Nairobi")
    assert (network["day"], network["pieces"]) == ("2026-04-01", 1)
    assert (rates["network"]["decided"], rates["until"]) == (1, "2026-04-01")
    assert [one["piece"] for one in behind] == ["late"]
    assert [row[:14] for row in points[1:]] == ["2026-04-01,1,1"]
    assert (hers["since"], hers["decided"]) == ("2026-04-01", 1)
    assert "1 of 1 decided pieces." in report
    assert "those of Nairobi" in report
