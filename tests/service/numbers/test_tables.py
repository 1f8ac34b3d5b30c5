"""Tables of numbers as files: Parquet beside CSV, and charts in the language that is asked for."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow.parquet import read_table

from tests import ROOT
from tests.parts.served import Town, serve
from tests.service.numbers.making import NOW, add, make_work, review

DAYS = {"since": "2026-10-25", "until": "2026-11-23"}
TABLES = ("pass-rates", "defects", "funnel", "over-time", "escape-rate")
PARQUET = "application/vnd.apache.parquet"


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    with serve(tmp_path_factory.mktemp("counted"), releases, clock=lambda: NOW) as town:
        with town.state.ledger.write() as session:
            make_work(session)
            for number in range(5):
                add(session, "passed", f"{number}", days_ago=number)
            row = add(session, "pending", "9", found=("dent",))
            review(session, row, "rework", "=SUM(1)", ("dent",))
        yield town


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_parquet_for_whoever_asks_by_name_or_by_header(counted: Town, table: str) -> None:
    client = counted.client("engineer")
    by_name = client.get(f"/v1/numbers/{table}", params={**DAYS, "format": "parquet"})
    by_header = client.get(f"/v1/numbers/{table}", params=DAYS, headers={"Accept": PARQUET})
    assert (by_name.status_code, by_name.headers["content-type"]) == (200, PARQUET)
    assert by_name.headers["content-disposition"].endswith('.parquet"')
    columns = client.get(f"/v1/numbers/{table}", params={**DAYS, "format": "csv"}).text.lstrip("\ufeff")
    read = read_table(io.BytesIO(by_header.content))
    assert read.column_names == columns.splitlines()[0].split(",")
    assert read.num_rows == len(columns.splitlines()) - 1


def test_a_column_of_parquet_holds_values_and_not_their_spelling(counted: Town) -> None:
    answer = counted.client("engineer").get(
        "/v1/numbers/pass-rates", params={**DAYS, "by": "reviewer", "format": "parquet"}
    )
    row = read_table(io.BytesIO(answer.content)).to_pylist()[0]
    # A spreadsheet gets this name with an apostrophe before it.
    assert (row["name"], row["decided"], row["pass_rate"], row["drawn"]) == ("=SUM(1)", 1, 0.0, None)


def test_json_named_first_stays_json(counted: Town) -> None:
    headers = {"Accept": f"application/json, {PARQUET}"}
    answer = counted.client("engineer").get("/v1/numbers/defects", params=DAYS, headers=headers)
    assert answer.headers["content-type"] == "application/json"


def test_without_the_extra_it_is_said_which_one_is_missing() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from ubora.service.http.errors import Problem\n"
        "from ubora.service.workshops.spreadsheet import table_answer\n"
        "assert table_answer('csv', 'x', ['a'], [[1]]).status_code == 200\n"
        "try: table_answer('parquet', 'x', ['a'], [[1]])\n"
        "except Problem as problem: print(problem.status, problem.detail)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    expected = "501 Parquet needs the extra `parquet`: pip install 'ubora[parquet]'; CSV needs nothing\n"
    assert done.stdout == expected


def test_a_chart_names_its_axes_and_classes_in_the_language_that_is_asked_for(counted: Town) -> None:
    client = counted.client("engineer")
    english = client.get("/v1/numbers/defects/chart.svg", params=DAYS).text
    swahili = client.get("/v1/numbers/defects/chart.svg", params={**DAYS, "language": "sw"}).text
    assert (">Dent<" in english, ">confirmed pieces<" in english) == (True, True)
    assert (">Dent<" in swahili, ">vipande vilivyothibitishwa<" in swahili) == (False, True)
    refused = client.get("/v1/numbers/defects/chart.svg", params={**DAYS, "language": "de"})
    assert refused.status_code == 422
