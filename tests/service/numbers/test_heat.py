"""Where defects lie on a design: marks laid over each other by their pieces, counted by ninths, and drawn."""

import cv2
import numpy as np
import pytest

from tests.parts.photos import jpeg
from tests.parts.served import Town, drawn, tarnished
from tests.service.numbers.making import NOW, add, make_work
from ubora.service.ledger.tables import Inspection, Review
from ubora.service.numbers.heat.marks import PlacedMark, ninth_of, part_of
from ubora.service.numbers.heat.picture import GRID, RIM, draw_heat, heat_of

DAYS = {"since": "2026-10-25", "until": "2026-11-23"}
PATH = "/v1/designs/disc/defect-places"


def _review(town: Town, row: Inspection, disposition: str, *defects: tuple[str, list[float] | None]) -> None:
    with town.state.ledger.write() as session:
        kept = session.get_one(Inspection, row.id)
        kept.status = {"accept": "accepted", "rework": "rework"}[disposition]
        session.add(
            Review(
                id=f"{row.id[:-1]}z",
                inspection=row.id,
                fingerprint="",
                disposition=disposition,
                defects=[{"photo": 0, "defect": name, "severity": None, "box": box} for name, box in defects],
                note="",
                reviewer="Wanjiku",
                at=NOW,
            )
        )


def test_marks_count_by_the_ninth_of_their_piece_wherever_it_lies_in_the_photo(town: Town) -> None:
    with town.state.ledger.write() as session:
        make_work(session)
        rows = [add(session, "pending", f"{number}") for number in range(4)]
        # Pieces of 30 × 30 pixels at different places of photos of 100 × 100.
        for row, place in zip(rows, ([0, 0, 30, 30], [60, 60, 30, 30], [10, 40, 30, 30], None), strict=True):
            row.photos[0].place = place
    _review(town, rows[0], "rework", ("dent", [2, 2, 4, 4]), ("crack", [22, 22, 6, 6]))
    _review(town, rows[1], "rework", ("dent", [61, 61, 4, 4]))
    _review(town, rows[2], "accept", ("scratch", [20, 50, 10, 10]), ("scratch", None))
    _review(town, rows[3], "rework", ("pit", [80, 5, 4, 4]))
    answer = town.client("engineer").get(PATH, params=DAYS).json()
    places = {
        (one["row"], one["column"]): {each["defect"]: each["marks"] for each in one["defects"]}
        for one in answer["items"]
        if one["marks"]
    }
    assert places == {
        ("upper", "left"): {"dent": 2},
        ("lower", "right"): {"crack": 1},
        ("middle", "centre"): {"scratch": 1},
        ("upper", "right"): {"pit": 1},
    }
    assert (answer["pieces"], answer["marks"], answer["by_photo"], answer["unplaced"]) == (4, 5, 1, 1)
    table = town.client("engineer").get(PATH, params={**DAYS, "format": "csv"})
    assert table.content.startswith(b"\xef\xbb\xbfrow,column,defect,marks\r\nupper,left,dent,2\r\n")


def test_a_flag_that_was_sent_back_as_it_was_counts_and_one_that_was_overturned_does_not(town: Town) -> None:
    with town.state.ledger.write() as session:
        make_work(session)
        add(session, "rework", "1", found=("dent",))
        add(session, "accepted", "2", found=("dent",))
        add(session, "pending", "3", found=("dent",))
        add(session, "rework", "4", found=("dent",), design="comb")
    answer = town.client("reviewer").get(PATH, params=DAYS).json()
    assert (answer["pieces"], answer["marks"], answer["over_sample"]) == (1, 1, False)
    assert town.client("reviewer").get(PATH, params={**DAYS, "view": "back"}).json()["marks"] == 0


def test_a_sent_piece_lies_over_the_approved_sample(town: Town) -> None:
    client = town.client("admin")
    approved = client.put("/v1/designs/disc/approved", files=[("photo", ("a.jpg", jpeg(drawn())))])
    assert approved.status_code == 200, approved.text
    sent = town.send(tarnished()).json()
    assert town.review(sent["id"], "rework").status_code == 201
    answer = client.get(PATH).json()
    assert (answer["marks"], answer["by_photo"], answer["over_sample"]) == (1, 0, True)
    # The mark lies in the upper left of the plate.
    assert next(one["column"] for one in answer["items"] if one["marks"]) == "left"
    picture = client.get(f"{PATH}/heat.png")
    assert picture.headers["content-type"] == "image/png"
    shown = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (240, 320, 3)
    changed = np.abs(shown.astype(int) - cv2.cvtColor(drawn(), cv2.COLOR_RGB2BGR).astype(int)).sum(axis=2)
    # Elsewhere only the lines of the ninths differ.
    assert (changed[:120, :160] > 120).sum() > 3 * (changed[130:, 170:] > 120).sum()


def test_without_a_mark_or_a_sample_the_picture_is_an_empty_frame(town: Town) -> None:
    answer = town.client("engineer").get(f"{PATH}/heat.png")
    assert answer.status_code == 200
    assert town.client("engineer").get("/v1/designs/none/defect-places/heat.png").status_code == 404


@pytest.mark.parametrize(
    ("box", "expected"), [((0, 0, 0.1, 0.1), 0), ((0.4, 0.4, 0.2, 0.2), 4), ((0.9, 0.95, 0.3, 0.3), 8)]
)
def test_the_ninth_is_that_of_the_middle_of_a_mark(
    box: tuple[float, float, float, float], expected: int
) -> None:
    assert ninth_of(PlacedMark("dent", box, True)) == expected


def test_heat_is_where_marks_are_and_twice_as_hot_where_two_are() -> None:
    one, other = PlacedMark("dent", (0.1, 0.1, 0.3, 0.3), True), PlacedMark("pit", (0.6, 0.6, 0.3, 0.3), True)
    heat = heat_of([one, other, other])
    at = [RIM + round(GRID * place) for place in (0.25, 0.5, 0.75)]
    assert [round(float(heat[place, place])) for place in at] == [1, 0, 2]
    far = PlacedMark("dent", (5.0, 5.0, 1.0, 1.0), True)
    assert heat_of([far]).sum() <= 4
    assert draw_heat([], None, None).startswith(b"\x89PNG")


def test_a_box_is_told_as_parts_of_its_piece() -> None:
    assert part_of([15, 30, 10, 20], [10, 20, 20, 40]) == (0.25, 0.25, 0.5, 0.5)
