"""The days of a zone: each moment is of one day, also where clocks are changed or are half an hour off."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ubora.service.ledger.days.zones import Days
from ubora.service.settings import Settings, SettingsError

ZONES = (
    *("Africa/Nairobi", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"),
    *("America/Sao_Paulo", "Asia/Beirut", "America/Havana", "Pacific/Chatham", "Pacific/Kiritimati"),
)
"""Without a change, half hours, half an hour of summer time, a day that never was, changes at midnight."""


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Africa/Nairobi", "2026-03-31T22:30Z", "2026-04-01"),
        ("Africa/Nairobi", "2026-03-31T20:59Z", "2026-03-31"),
        ("Asia/Kathmandu", "2026-03-31T18:14Z", "2026-03-31"),
        ("Asia/Kathmandu", "2026-03-31T18:15Z", "2026-04-01"),
        ("America/New_York", "2026-03-08T04:59Z", "2026-03-07"),
        ("America/New_York", "2026-03-08T05:00Z", "2026-03-08"),
        ("America/New_York", "2026-03-09T03:59Z", "2026-03-08"),
        ("America/New_York", "2026-03-09T04:00Z", "2026-03-09"),
        ("UTC", "2026-03-31T23:59Z", "2026-03-31"),
    ],
)
def test_a_moment_is_of_the_day_that_calendars_there_show(zone: str, at: str, day: str) -> None:
    assert Days.named(zone).text(datetime.fromisoformat(at)) == day


def test_a_day_on_which_clocks_are_changed_is_an_hour_shorter_or_longer() -> None:
    days = Days.named("America/New_York")
    hours = []
    for day in (date(2026, 3, 8), date(2026, 11, 1), date(2026, 11, 2)):
        begin, end = days.moments(day, day)
        hours.append((end - begin) / timedelta(hours=1))
    assert hours == [23, 25, 24]


@given(
    st.sampled_from(ZONES),
    st.integers(0, 2_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_every_moment_lies_between_the_ends_of_its_day_and_of_no_other(zone: str, at: datetime) -> None:
    days = Days.named(zone)
    day = days.of(at)
    found = [
        one
        for one in (day + timedelta(days=off) for off in (-1, 0, 1))
        if days.begin(one) <= at < days.moments(one, one)[1]
    ]
    assert found == [day]


def test_a_setting_names_a_zone_that_there_is() -> None:
    assert Settings(zone="Asia/Kathmandu").zone == "Asia/Kathmandu"
    with pytest.raises(SettingsError, match=r"UBORA_ZONE.*did you mean 'Africa/Nairobi'.*'Africa/Narobi'"):
        Settings.from_environment({"UBORA_ZONE": "Africa/Narobi"})
    for name in ("", "../etc/passwd", "Africa"):
        with pytest.raises(SettingsError, match="no time zone"):
            Settings.from_environment({"UBORA_ZONE": name})
