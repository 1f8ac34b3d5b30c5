"""Two releases on the same photos: paired figures by hand, the command, and what a promotion asks for."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.parts.photos import jpeg
from tests.parts.served import DARK_RED, drawn
from tests.parts.tiny_bundle import write_tiny_bundle
from ubora.command import main
from ubora.datasets.manifest import DatasetCard, Defect, Manifest, Sample, sample_id, write_manifest
from ubora.models.bundle import BundleError, read_bundle
from ubora.models.registry.comparison import Changed, read_comparison
from ubora.models.registry.gates import GateError
from ubora.models.registry.promotion import promote, rollback
from ubora.models.registry.releases import read_aliases
from ubora.training.evaluation.paired import changed_verdicts, difference, mcnemar

PIECES = 60


def test_mcnemar_agrees_with_a_published_value() -> None:
    # R: binom.test(2, 12)$p.value
    assert mcnemar(2, 10) == pytest.approx(0.03857, abs=1e-5)
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 5) == 1.0


def test_a_verdict_changes_only_where_one_is_right_and_nobody_asked_for_another_photo() -> None:
    defective = np.array([True, True, True, False, False])
    a = np.array(["flag", "pass", "retake", "pass", "flag"])
    b = np.array(["pass", "pass", "flag", "pass", "pass"])
    assert changed_verdicts(a, b, defective) == Changed(only_a_right=1, only_b_right=1, p=1.0)


def test_a_paired_interval_is_narrow_where_both_find_the_same_photos_hard() -> None:
    hard = np.random.default_rng(0).random(200) < 0.5
    pieces = [str(i // 2) for i in range(200)]
    found = difference(
        pieces, lambda at: float(hard[at].mean()), lambda at: float(hard[at].mean()) - 0.1, len(pieces)
    )
    assert found.difference == pytest.approx(-0.1)
    assert found.interval == pytest.approx((-0.1, -0.1))


def test_a_difference_to_nothing_is_undefined() -> None:
    found = difference(["a", "b"], lambda at: 0.5, lambda at: None, 2)
    assert (found.a, found.b, found.difference, found.interval) == (0.5, None, None, None)


def plates(root: Path) -> Path:
    """Sixty clean and sixty tarnished plates, a piece each."""
    (root / "photos").mkdir(parents=True)
    samples = []
    for number in range(2 * PIECES):
        tarnished = number % 2 == 1
        data = jpeg(drawn(DARK_RED if tarnished else None, width=96, height=72, seed=number))
        (root / f"photos/{number}.jpg").write_bytes(data)
        samples.append(
            Sample(
                file_name=f"photos/{number}.jpg",
                sample_id=sample_id(data),
                piece_id=f"plate-{number}",
                defects=(Defect(name="tarnish"),) if tarnished else (),
                variance=number % 5 + 1,
                split="test",
                source="rendered",
            )
        )
    write_manifest(Manifest(root, DatasetCard(name="plates"), samples))
    return root


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plates and three releases: two alike, and one that sees nothing; the comparisons with the first."""
    root = tmp_path_factory.mktemp("house")
    plates(root / "plates")
    write_tiny_bundle(root / "releases" / "first")
    # Not the same bundle, but the same answers.
    write_tiny_bundle(root / "releases" / "second", threshold=0.51)
    write_tiny_bundle(root / "releases" / "blind", threshold=0.9999)
    assert _compare(root, "first", "second") == 0
    assert _compare(root, "first", "blind") == 1
    return root


def _compare(root: Path, a: str, b: str) -> int:
    words = ["train", "compare", a, b, root / "plates", "--releases", root / "releases"]
    return main([str(word) for word in [*words, "--json", root / f"{a}-{b}.json"]])


def test_the_comparison_counts_both_on_the_same_photos(house: Path) -> None:
    blind = read_comparison(house / "first-blind.json")
    assert (blind.photos, blind.defective, blind.clean, blind.pieces) == (120, 60, 60, 120)
    escape = blind.differences["escape"]
    assert (escape.a, escape.b, escape.difference, escape.interval) == (0.0, 1.0, 1.0, (1.0, 1.0))
    # It ranks photos just as well; only its threshold is blind.
    assert blind.differences["auroc"].difference == 0.0
    assert blind.differences["escape_at_a"].b == 0.0
    assert (blind.verdicts.only_a_right, blind.verdicts.only_b_right) == (60, 0)
    assert blind.a.record_sha256 == read_bundle(house / "releases/first").record_sha256


def test_the_command_ends_with_the_verdict_in_one_sentence(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _compare(house, "first", "blind") == 1
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[-1] == "blind may not replace first: it fails escape"
    assert any(line.startswith("FAIL  escape") for line in lines)


@pytest.fixture
def releases(house: Path, tmp_path: Path) -> Path:
    """A releases folder of this test's own, with `first` as its champion."""
    for name in ("first", "second", "blind"):
        (tmp_path / name).symlink_to(house / "releases" / name)
    promote(tmp_path, "first")
    return tmp_path


def test_the_first_champion_needs_no_comparison(releases: Path) -> None:
    change = read_aliases(releases).history[-1]
    assert (change.release, change.forced, change.failed_gates) == ("first", False, ())


def test_the_next_champion_is_refused_without_a_comparison_and_told_the_command(releases: Path) -> None:
    with pytest.raises(GateError, match="ubora train compare first second DATASET --json FILE"):
        promote(releases, "second")
    assert read_aliases(releases).champion == "first"


def test_a_comparison_that_passes_promotes(house: Path, releases: Path) -> None:
    after = promote(releases, "second", comparison=house / "first-second.json")
    assert (after.champion, after.history[-1].forced) == ("second", False)
    assert rollback(releases).champion == "first"


def test_a_comparison_that_fails_refuses_and_names_the_gate(house: Path, releases: Path) -> None:
    with pytest.raises(GateError, match=r"escape: \+1.00 \[\+1.00, \+1.00\], expected interval below"):
        promote(releases, "blind", comparison=house / "first-blind.json")
    assert read_aliases(releases).champion == "first"


def test_a_comparison_of_others_is_refused_even_by_force(house: Path, releases: Path) -> None:
    for options in ({}, {"force": True, "why": "in a hurry"}):
        with pytest.raises(BundleError, match="B is second"):
            promote(releases, "blind", comparison=house / "first-second.json", **options)  # type: ignore[arg-type]
    promote(releases, "second", comparison=house / "first-second.json")
    with pytest.raises(BundleError, match="A is first"):
        promote(releases, "blind", comparison=house / "first-blind.json")


def test_a_release_changed_since_it_was_compared_is_another(house: Path, releases: Path) -> None:
    (releases / "second").unlink()
    write_tiny_bundle(releases / "second", threshold=0.52)
    with pytest.raises(BundleError, match="compare first with second again"):
        promote(releases, "second", comparison=house / "first-second.json")


def test_a_forced_promotion_needs_a_reason_and_is_kept_with_what_it_failed(
    house: Path, releases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["model", "promote", "blind", "--releases", str(releases), "--force"]
    words += ["--comparison", str(house / "first-blind.json")]
    assert main(words) == 1
    assert "--force --why REASON" in capsys.readouterr().err
    assert main([*words, "--why", "to see it fail"]) == 0
    assert "forced past escape: +1.00" in capsys.readouterr().out
    change = json.loads((releases / "aliases.json").read_text())["history"][-1]
    assert (change["release"], change["forced"], change["why"]) == ("blind", True, "to see it fail")
    assert change["failed_gates"] == ["escape: +1.00 [+1.00, +1.00], expected interval below +0.05"]


def test_force_does_not_get_an_altered_release_past_its_hashes(releases: Path) -> None:
    write_tiny_bundle(releases / "altered", golden_shift=1.0)
    with pytest.raises(BundleError, match="differs by"):
        promote(releases, "altered", force=True, why="it looked fine")
    assert read_aliases(releases).champion == "first"


def test_a_challenger_decides_nothing_and_needs_no_comparison(releases: Path) -> None:
    assert promote(releases, "second", alias="challenger").challenger == "second"


def test_a_champion_that_no_longer_loads_is_replaced_by_force_alone(house: Path, releases: Path) -> None:
    path = releases / "aliases.json"
    path.write_text(path.read_text().replace('"champion": "first"', '"champion": "lost"'))
    with pytest.raises(BundleError):
        promote(releases, "second", comparison=house / "first-second.json")
    assert promote(releases, "second", force=True, why="the champion is lost").champion == "second"


def test_a_file_that_is_no_comparison_is_refused_in_one_line(releases: Path, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    file.write_text('{"map": 0.9}')
    for path, message in ((file, "not a comparison: a: Field required"), (tmp_path / "no.json", "not found")):
        with pytest.raises(BundleError, match=message) as refused:
            promote(releases, "second", comparison=path)
        assert "\n" not in str(refused.value)
