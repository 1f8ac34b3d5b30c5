"""What is rare: good pieces, or days, between two pieces with a class of defect."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from tests.parts.served import OTHER, OWN, Town, serve
from tests.service.numbers.making import NOW, add, make_work
from ubora.service.statistics.charts import g, t

GAPS = (9, 8, 10, 9, 7, 0, 0, 1, 0)
"""Good pieces before each cracked one, after the first."""


def cracked(town: Town) -> None:
    with town.state.ledger.write() as session:
        make_work(session)
        add(session, "rework", found=("crack",), days_ago=60)
        ago = 59.0
        for gap in GAPS:
            for _ in range(gap):
                add(session, "passed", days_ago=ago)
            add(session, "rejected", found=("crack", "dent"), days_ago=ago)
            ago -= 5
        add(session, "rework", workshop=OTHER, found=("crack",), days_ago=1)
        # What waits is not decided.
        add(session, "pending", found=("crack",), days_ago=1)


def test_gaps_are_the_good_pieces_between_and_those_that_come_close_together_signal(
    tmp_path: Path, releases: Path
) -> None:
    with serve(tmp_path, releases, clock=lambda: NOW) as town:
        cracked(town)
        client = town.client("engineer")
        asked: dict[str, Any] = {"defect": "crack", "since": "2026-09-01", "microfactory": OWN, "baseline": 5}
        answer = client.get("/v1/numbers/rare-defects", params=asked).json()
        assert [one["between"] for one in answer["items"]] == list(GAPS)
        chart = g(GAPS, 5)
        assert (answer["found"], answer["centre"], answer["upper"]) == (10, chart.centre, chart.upper[0])
        assert [one["signals"] for one in answer["items"]][-2:] == [[], ["closer"]]
        days = client.get("/v1/numbers/rare-defects", params=asked | {"between": "days"}).json()
        between = [one["between"] for one in days["items"]]
        assert (between[1:], days["centre"]) == ([5.0] * 8, t(between, 5).centre)
        everybody = {name: value for name, value in asked.items() if name != "microfactory"}
        whole = client.get("/v1/numbers/rare-defects", params=everybody).json()
        assert (whole["found"], len(whole["items"])) == (11, 10)
        for way in ("pieces", "days"):
            drawing = client.get("/v1/numbers/rare-defects/chart.svg", params=asked | {"between": way})
            assert ElementTree.fromstring(drawing.text).tag == "{http://www.w3.org/2000/svg}svg"
        table = client.get("/v1/numbers/rare-defects", params=asked | {"format": "csv"})
        rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
        assert [float(row["pieces"]) for row in rows] == list(GAPS)


def test_of_few_nothing_is_called_a_signal_and_of_none_there_is_no_chart(town: Town) -> None:
    client = town.client("engineer")
    answer = client.get("/v1/numbers/rare-defects", params={"defect": "crack"}).json()
    assert (answer["enough"], answer["centre"], answer["items"]) == (False, None, [])
    drawing = client.get("/v1/numbers/rare-defects/chart.svg", params={"defect": "crack"})
    assert drawing.status_code == 200
