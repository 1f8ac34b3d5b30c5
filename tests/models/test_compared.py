"""A piece beside its design's approved photos, cell by cell: in the command, the service and its pages."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.parts.browser import Open, in_a_browser
from tests.parts.photos import jpeg
from tests.parts.served import DARK_RED, OWN, Town, clean, drawn, serve, tarnished
from tests.parts.tiny_bundle import CLASSES, write_tiny_bundle
from tests.parts.tiny_comparing import COLOURS, write_comparing_bundle
from ubora.command import main
from ubora.models.bundle import BundleError, read_bundle
from ubora.models.inference.approved import approved_of
from ubora.models.inference.bank import BankError, bank_of
from ubora.models.inference.inspector import Inspector
from ubora.models.record import ANY
from ubora.models.registry.promotion import promote
from ubora.models.verdict import decide

GREEN = (40, 150, 60)
"""Of no class that the tiny network knows."""


def green(seed: int = 0) -> bytes:
    return jpeg(drawn(GREEN, seed=seed))


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("comparing")
    write_comparing_bundle(folder / "comparing-1")
    write_tiny_bundle(folder / "tiny-1")
    promote(folder, "comparing-1")
    return folder


@pytest.fixture(scope="module")
def inspector(releases: Path) -> Inspector:
    return Inspector.load(releases / "comparing-1")


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    with serve(tmp_path, releases) as running:
        yield running


def show(town: Town, *photos: bytes) -> httpx.Response:
    files = [("photo", ("photo.jpg", photo)) for photo in photos]
    return town.client("engineer").put("/v1/designs/disc/approved", files=files)


def test_a_mark_that_the_approved_photo_has_too_is_no_defect(inspector: Inspector) -> None:
    record = inspector.record
    marked = approved_of(inspector.inspect(tarnished(1)), record.name)
    bank = bank_of(record.name, COLOURS, [marked])
    alone = decide(inspector.inspect(tarnished(2)), record)
    beside = decide(inspector.inspect(tarnished(2), bank), record)
    assert [finding.defect for finding in alone.findings] == ["tarnish"]
    assert (alone.outcome, beside.outcome, beside.findings) == ("flag", "pass", ())


def test_what_no_approved_photo_has_is_a_defect_of_no_named_kind_and_says_beside_what(
    inspector: Inspector,
) -> None:
    record = inspector.record
    approved = approved_of(inspector.inspect(clean(1)), record.name)
    bank = bank_of(record.name, COLOURS, [approved])
    assert decide(inspector.inspect(green()), record).outcome == "pass"
    verdict = decide(inspector.inspect(green(), bank), record)
    (finding,) = verdict.findings
    assert (verdict.outcome, finding.defect) == ("flag", ANY)
    assert verdict.reasons == (f"major defect of no named kind (score {finding.score:.2f})",)
    origin = finding.compared_with
    assert origin is not None
    assert (origin.photo, origin.size) == (0, (320, 240))
    # The cell lies on the plate of the approved photo, 64 to 256 pixels across and 48 to 192 down.
    x, y = origin.place.x + origin.place.width / 2, origin.place.y + origin.place.height / 2
    assert 54 <= x <= 266
    assert 38 <= y <= 202


def test_a_class_that_is_sure_speaks_for_itself(inspector: Inspector) -> None:
    record = inspector.record
    bank = bank_of(record.name, COLOURS, [approved_of(inspector.inspect(clean(1)), record.name)])
    verdict = decide(inspector.inspect(tarnished(2), bank), record)
    assert [finding.defect for finding in verdict.findings] == ["tarnish"]


def test_an_empty_bank_says_the_same_as_none(inspector: Inspector) -> None:
    alone, empty = inspector.inspect(tarnished()), inspector.inspect(tarnished(), inspector.empty())
    assert alone.scores == empty.scores
    assert np.isfinite(list(alone.scores.values())).all()
    assert alone.nearest is not None
    assert (alone.nearest == -1).all()
    assert alone.approved_photos() == 0


def test_a_bank_of_another_release_is_refused(inspector: Inspector) -> None:
    strange = bank_of("another-1", COLOURS, [])
    with pytest.raises(BankError, match="a bank of another-1; expected one of comparing-1"):
        inspector.inspect(clean(), strange)


def test_a_release_that_judges_a_photo_alone_leaves_a_bank_aside(releases: Path) -> None:
    tiny = Inspector.load(releases / "tiny-1")
    bank = bank_of("comparing-1", COLOURS, [])
    assert tiny.inspect(tarnished(), bank).scores == tiny.inspect(tarnished()).scores


def test_thresholds_are_those_for_as_many_approved_photos(inspector: Inspector) -> None:
    record = inspector.record
    assert [d.threshold for d in record.deciding(0)[0]] == [0.5, 0.5, 1.0]
    assert [d.threshold for d in record.deciding(1)[0]] == [0.5, 0.5, 0.5]
    assert [d.threshold for d in record.deciding(7)[0]] == [0.5, 0.5, 0.5]


def test_a_bundle_without_its_comparison_is_refused(releases: Path, tmp_path: Path) -> None:
    folder = tmp_path / "comparing-1"
    folder.mkdir()
    for file in (releases / "comparing-1").iterdir():
        if file.name != "comparison.onnx":
            (folder / file.name).write_bytes(file.read_bytes())
    with pytest.raises(BundleError, match=r"partial bundle, comparison\.onnx is missing"):
        read_bundle(folder)


def test_the_command_compares_and_says_beside_what(
    releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    piece, sample = tmp_path / "piece.jpg", tmp_path / "sample.jpg"
    piece.write_bytes(green())
    sample.write_bytes(clean(1))
    words = ["inspect", str(piece), "--releases", str(releases), "--json"]
    assert main(words) == 0
    alone = capsys.readouterr()
    assert "judged without an approved sample" in alone.err
    assert main([*words, "--approved-sample", str(sample)]) == 0
    beside = json.loads(capsys.readouterr().out)
    told = json.loads(alone.out)
    assert [told["outcome"], beside["outcome"]] == ["pass", "flag"]
    assert [told["approved_photos"], beside["approved_photos"]] == [0, 1]
    assert list(beside["scores"]) == [*CLASSES, ANY]
    assert [told["thresholds"][ANY], beside["thresholds"][ANY]] == [1.0, 0.5]
    (finding,) = beside["findings"]
    assert finding["compared_with"]["photo"] == 0


def test_the_service_tells_which_approved_photo_and_where(town: Town) -> None:
    assert town.send(green(1)).json()["verdict"] == "pass"
    url = show(town, clean(1)).json()["approved_photos"][0]
    answer = town.send(green(2)).json()
    (defect,) = answer["photos"][0]["defects"]
    compared = defect["compared_with"]
    assert (answer["verdict"], defect["defect"]) == ("flag", ANY)
    assert (compared["approved_sha256"], compared["width"], compared["height"]) == (
        url.rsplit("/", 1)[1],
        320,
        240,
    )
    assert len(compared["box"]) == 4
    stored = town.client("reviewer").get(f"/v1/inspections/{answer['id']}").json()
    assert stored == answer


def test_new_approved_photos_are_compared_with_from_the_next_piece_on(town: Town) -> None:
    show(town, clean(1))
    assert town.send(green(2)).json()["verdict"] == "flag"
    show(town, clean(1), green(3))
    assert town.send(green(4)).json()["verdict"] == "pass"


@in_a_browser
def test_the_pages_show_the_place_here_and_there(town: Town, open_page: Open) -> None:
    show(town, clean(1))
    # A phone keeps the approved photos of what is on order alone.
    lot = {"microfactory": OWN, "design": "disc", "pieces": 50, "views": ["front"]}
    assert town.client("reviewer").put("/v1/lots/PO-7", json=lot).status_code == 201
    town.send(jpeg(drawn(GREEN, seed=2)), lot="PO-7")
    page = open_page("console", "reviewer")
    expect(page.locator("#panel-body .scores")).to_contain_text("unlike the sample")
    pair = page.locator("#panel-body .patches svg.patch")
    expect(pair).to_have_count(2)
    expect(page.locator("#panel-body .patches")).to_contain_text("Approved sample")
    phone = open_page("phone", "artisan")
    phone.click("#pieces .piece")
    expect(phone.locator(".findings")).to_contain_text("Not as on the sample")
    expect(phone.locator(".findings .patches svg.patch")).to_have_count(2)


def test_a_red_mark_is_still_called_by_its_name(town: Town) -> None:
    show(town, clean(1))
    answer = town.send(jpeg(drawn(DARK_RED, seed=5))).json()
    assert [defect["defect"] for defect in answer["photos"][0]["defects"]] == ["tarnish"]


def test_an_approved_sample_without_a_piece_is_refused_in_words(
    releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    piece, sample = tmp_path / "piece.jpg", tmp_path / "bench.jpg"
    piece.write_bytes(clean())
    sample.write_bytes(jpeg(np.full((240, 320, 3), 250, np.uint8)))
    words = ["inspect", str(piece), "--approved-sample", str(sample), "--releases", str(releases)]
    assert main(words) == 1
    assert f"--approved-sample {sample}: no piece was found on it" in capsys.readouterr().err


def test_a_photo_that_is_all_surface_is_judged_whole(
    releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def tile(mark: tuple[int, int, int] | None) -> bytes:
        grain = np.random.default_rng(0).integers(-8, 9, (240, 320, 3))
        surface = (np.array((200, 165, 85)) + grain).astype(np.uint8)
        if mark:
            surface[100:150, 100:150] = mark
        return jpeg(surface)

    files = {name: tmp_path / f"{name}.jpg" for name in ("good", "bad", "sample")}
    for name, mark in (("good", None), ("bad", GREEN), ("sample", None)):
        files[name].write_bytes(tile(mark))
    words = ["inspect", str(files["good"]), str(files["bad"]), "--releases", str(releases), "--json"]
    beside = ["--approved-sample", str(files["sample"]), "--whole"]
    assert main([*words, *beside]) == 0
    good, bad = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [good["outcome"], bad["outcome"]] == ["pass", "flag"]
    assert [finding["defect"] for finding in bad["findings"]] == [ANY]
    x, y, width, height = bad["findings"][0]["box"]
    assert (x <= 125 <= x + width, y <= 125 <= y + height) == (True, True)
