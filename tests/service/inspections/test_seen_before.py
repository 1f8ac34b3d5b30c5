"""The same photo for several pieces is shown to a person as seen before, never refused, and no verdict."""

import io
import uuid
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import insert, text

from tests import ROOT
from tests.parts.served import OTHER, OWN, Town
from ubora.datasets.manifest import read_manifest
from ubora.service.ledger.tables import PhotoPrint

SAMPLE = ROOT / "datasets/sample"


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    """One photo each of some pieces."""
    manifest = read_manifest(SAMPLE)
    first = {sample.piece_id: manifest.path(sample.file_name) for sample in manifest}
    return [Image.open(path).convert("RGB") for path in list(first.values())[:6]]


def coded(picture: Image.Image, quality: int = 90) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def changed(picture: Image.Image) -> bytes:
    width, height = picture.size
    inner = picture.crop((width // 20, height // 20, width - width // 20, height - height // 20))
    return coded(inner.transpose(Image.Transpose.ROTATE_90).transpose(Image.Transpose.FLIP_LEFT_RIGHT), 30)


def sent(town: Town, photo: bytes, piece: str | None, **context: Any) -> dict[str, Any]:
    answer = town.send(photo, piece=piece, **{"lot": "L", **context})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def before(inspection: dict[str, Any], photo: int = 0) -> list[tuple[str, str | None]]:
    return [(one["inspection"], one["piece"]) for one in inspection["photos"][photo]["seen_before"]]


def test_the_same_photo_changed_in_every_way_is_seen_before_with_its_piece_and_decides_nothing(
    town: Town, pictures: list[Image.Image]
) -> None:
    first = sent(town, coded(pictures[0]), "1")
    assert before(first) == []
    same = sent(town, coded(pictures[0]), "2")
    assert before(same) == [(first["id"], "1")]
    assert (same["verdict"], same["status"], same["reasons"]) == (
        first["verdict"],
        first["status"],
        first["reasons"],
    )
    third = sent(town, changed(pictures[0]), "3")
    assert before(third) == [(first["id"], "1"), (same["id"], "2")]
    (told, _) = third["photos"][0]["seen_before"]
    assert (told["photo"], told["microfactory"], told["lot"], told["design"]) == (0, OWN, "L", "disc")
    assert before(sent(town, coded(pictures[1]), "4")) == []
    listed = town.client("reviewer").get("/v1/inspections?seen_before=true").json()["items"]
    assert [one["id"] for one in listed] == [third["id"], same["id"]]
    rest = town.client("reviewer").get("/v1/inspections?seen_before=false").json()["items"]
    assert len(rest) == 2
    read = town.client("artisan").get(f"/v1/inspections/{third['id']}").json()
    assert before(read) == before(third)


def test_a_pieces_own_retakes_and_what_is_sent_again_do_not_count(
    town: Town, pictures: list[Image.Image]
) -> None:
    name, photo = str(uuid.uuid4()), coded(pictures[0])
    first = sent(town, photo, "1", name=name)
    again = town.send(photo, piece="1", lot="L", name=name)
    assert (again.status_code, again.json()["photos"]) == (200, first["photos"])
    assert before(sent(town, changed(pictures[0]), "1")) == []
    # Without a mark each is a piece of its own.
    unmarked = sent(town, coded(pictures[2]), None)
    assert before(sent(town, coded(pictures[2]), None)) == [(unmarked["id"], None)]


def test_any_view_of_a_piece_counts_and_the_first_photo_of_each_piece_is_named(
    town: Town, pictures: list[Image.Image]
) -> None:
    front, side, other = (coded(pictures[at]) for at in (0, 1, 2))
    views: dict[str, Any] = {"views": ["front", "side"]}
    first = town.send(front, side, piece="1", lot="L", **views).json()
    late = town.send(other, side, piece="2", lot="L", **views).json()
    assert (before(late), before(late, 1)) == ([], [(first["id"], "1")])
    assert late["photos"][1]["seen_before"][0]["photo"] == 1


def test_another_workshops_piece_is_told_to_the_hub_alone(town: Town, pictures: list[Image.Image]) -> None:
    theirs = sent(town, coded(pictures[0]), "1", who="other", microfactory=OTHER)
    own = sent(town, coded(pictures[0]), "1")
    assert before(own) == []
    path = f"/v1/inspections/{own['id']}"
    assert before(town.client("artisan").get(path).json()) == []
    (told,) = town.client("reviewer").get(path).json()["photos"][0]["seen_before"]
    assert (told["inspection"], told["microfactory"]) == (theirs["id"], OTHER)
    refused = town.client("artisan").get("/v1/inspections?seen_before=true")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-your-role")


@pytest.mark.sqlite_alone("of few rows PostgreSQL reads no index; the same indexes are there")
def test_it_is_looked_up_by_its_keys_alone(town: Town, pictures: list[Image.Image]) -> None:
    """Each of the four queries reads an index: what shares no key is never read, however much there is."""
    sent(town, coded(pictures[0]), "1")
    with town.state.ledger.write() as session:
        kept = session.query(PhotoPrint).first()
        assert kept is not None
        for at in range(4):
            plan = session.execute(
                text(f"EXPLAIN QUERY PLAN SELECT bits FROM photo_prints WHERE key_{at} IN (1, 2, 3)")
            ).all()
            assert f"ix_photo_prints_key_{at}" in plan[0][-1]
        row = {"photo_index": 0, "inspection": kept.inspection, "bits": kept.bits}
        far = [{**row, "cut": 2 + at, **{f"key_{key}": -1 - at for key in range(4)}} for at in range(50)]
        session.execute(insert(PhotoPrint), far)
    assert len(before(sent(town, coded(pictures[0]), "2"))) == 1


def test_of_a_piece_that_was_deleted_nothing_is_told_any_more(
    town: Town, pictures: list[Image.Image]
) -> None:
    first, second = (sent(town, coded(pictures[0]), piece)["id"] for piece in ("1", "2"))
    third = sent(town, coded(pictures[0]), "3")["id"]
    admin, artisan = town.client("admin"), town.client("artisan")

    def told(piece: str) -> list[tuple[str, str | None]]:
        return before(artisan.get(f"/v1/inspections/{piece}").json())

    for gone, left in ((first, [(second, "2")]), (second, [])):
        assert admin.post("/v1/deletions", json={"reason": "asked for", "inspection": gone}).is_success
        assert told(third) == left
    assert admin.get("/v1/inspections?seen_before=true").json()["items"] == []
    assert before(sent(town, changed(pictures[0]), "4")) == [(third, "3")]
