"""What the network has seen of what stands for a design: what it compares with, and how many it keeps."""

from pathlib import Path

import pytest

from tests.parts.served import clean
from tests.parts.standing import comparing_releases, green
from ubora.models.inference.bank import MOST_PHOTOS
from ubora.service.http.observe import Metrics
from ubora.service.inference.champion import Champion
from ubora.service.inference.standing_seen import ApprovedFile


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return comparing_releases(tmp_path_factory.mktemp("comparing"))


def test_approved_photos_come_first_and_alone_say_whether_it_is_the_design(
    releases: Path, tmp_path: Path
) -> None:
    files = []
    for number in range(MOST_PHOTOS + 2):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(clean(number) if number < 3 else green(number))
        # An accepted piece came first in the list, which must not help it.
        accepted = number not in (1, 2)
        files.append(ApprovedFile(str(number), "back" if number == 1 else "front", path, accepted))
    champion = Champion(releases, Metrics())
    champion.refresh()
    inspector = champion.serving()
    front, back, side = (champion.approved(inspector, files, view) for view in ("front", "back", "side"))
    assert front.sha256s[0] == "2"
    assert (len(front.sha256s), len(front.seen)) == (MOST_PHOTOS, 1)
    assert (back.sha256s, len(back.seen), back.same_view) == (("1",), 1, True)
    assert (side.sha256s[:3], len(side.seen), side.same_view) == (("1", "2", "0"), 2, False)
    assert front.bank is not None
    assert front.bank.photos == MOST_PHOTOS
    # No approved photo shows the front: cells are held against the accepted one, the design against the back.
    mixed = [ApprovedFile("1", "back", files[1].path), files[0]]
    found = champion.approved(inspector, mixed, "front")
    assert (found.sha256s, len(found.seen), found.same_view) == (("0",), 1, True)


def test_only_so_many_banks_are_kept_and_what_was_forgotten_is_seen_again(
    releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MOST_CELLED", "MOST_BANKS"):
        monkeypatch.setattr(f"ubora.service.inference.standing_seen.{name}", 1)
    for name, photo in (("a", clean(1)), ("b", clean(2))):
        (tmp_path / name).write_bytes(photo)
    a, b = (ApprovedFile(name, None, tmp_path / name, name == "b") for name in ("a", "b"))
    champion = Champion(releases, Metrics())
    champion.refresh()
    inspector = champion.serving()
    banks = [champion.approved(inspector, files, "front").bank for files in ([a], [a], [a, b], [a])]
    assert [bank and bank.photos for bank in banks] == [1, 1, 2, 1]
    assert banks[0] is banks[1]
    assert banks[0] is not banks[3]
