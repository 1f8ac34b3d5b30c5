"""Small copies of photos: made once, as many as there is room for, gone with their photo."""

import io
import os
from pathlib import Path

from PIL import Image

from tests.parts.photos import jpeg
from tests.parts.served import Town, drawn, tarnished
from ubora.service.storage.small import sweep_small


def small_files(town: Town) -> list[Path]:
    return sorted((town.settings.data / "small").rglob("*.jpg"))


def test_a_small_photo_is_made_once_and_then_kept(town: Town) -> None:
    photo = town.send(jpeg(drawn(width=800, height=600))).json()["photos"][0]["photo_url"]
    client = town.client("reviewer")
    first = client.get(f"{photo}?width=160")
    (kept,) = small_files(town)
    kept.write_bytes(kept.read_bytes() + b"kept")
    again = client.get(f"{photo}?width=160")
    assert max(Image.open(io.BytesIO(first.content)).size) == 160
    assert again.content == first.content + b"kept"
    assert "immutable" in again.headers["cache-control"]


def test_what_is_deleted_leaves_no_small_copy(town: Town) -> None:
    sent = town.send(tarnished()).json()
    for width in (160, 320):
        town.client("reviewer").get(f"{sent['photos'][0]['photo_url']}?width={width}")
    assert len(small_files(town)) == 2
    town.client("admin").post("/v1/deletions", json={"reason": "sent by mistake", "inspection": sent["id"]})
    assert small_files(town) == []


def test_those_used_longest_ago_make_room_and_those_of_no_photo_go(tmp_path: Path) -> None:
    made = {}
    for number, name in enumerate("abc"):
        place = tmp_path / "small" / "160" / (2 * name) / f"{62 * name}.jpg"
        place.parent.mkdir(parents=True)
        place.write_bytes(bytes(100))
        os.utime(place, (number, number))
        made[name] = place
    removed = sweep_small(tmp_path, 100, lambda hashes: {one for one in hashes if not one.startswith("c")})
    assert (removed, [name for name, place in made.items() if place.exists()]) == (2, ["b"])
