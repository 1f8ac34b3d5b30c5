"""The whole way beside approved photos, on a backbone that stays: learnt, resumed, released, inspected.

The discs of `ornamented_discs` cannot be judged alone: one design's ornament is another's defect.
"""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from tests.training.network.ornamented_discs import ornamented_discs
from ubora.command import main
from ubora.datasets.manifest import Manifest, read_manifest, write_manifest
from ubora.datasets.masks import read_mask
from ubora.models.inference.bank import Approved
from ubora.models.inference.inspector import Inspector
from ubora.models.inference.preprocess import read_header
from ubora.models.record import COMPARISON, GRAPH, WEIGHTS
from ubora.training.bench.approved.witnesses import RULES
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.evaluate import evaluate
from ubora.training.loop.checkpoint import LAST, read_checkpoint
from ubora.training.network import Network
from ubora.training.scoring.predictions import Served, Trained, score
from ubora.training.scoring.references import Beside, References

CHANGED = ("freeze=all", "versions=2", "patience=99", "backbone=mobilenet_v2", "backbone_width=0.25")
"""Of a backbone that nobody taught, marks are told by the deeper one."""
FROZEN = ("--recipe", "tiny", *(word for change in CHANGED for word in ("--set", change)))


def command(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ornamented_discs(tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


@pytest.fixture(scope="module")
def learnt(drawn: Path, features: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has learnt what a difference from the approved photos means."""
    out = tmp_path_factory.mktemp("runs") / "beside"
    words = (*FROZEN, "--epochs", 40, "--features", features, "--out", out)
    assert command("train", "run", drawn, *words) == 0
    return out


@pytest.fixture(scope="module")
def released(learnt: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    releases = tmp_path_factory.mktemp("releases")
    assert command("train", "export", learnt, "--name", "beside-1", "--releases", releases) == 0
    return releases / "beside-1"


@pytest.mark.slow
def test_a_mark_is_a_defect_where_the_approved_photos_bear_none(learnt: Path, drawn: Path) -> None:
    checkpoint = read_checkpoint(learnt / LAST)
    predictor, manifest = Trained(checkpoint.network(), "last"), read_manifest(drawn)
    test, found = manifest.split("test"), {}
    policy = Policy(dict.fromkeys((*predictor.classes, "any"), 0.5), checkpoint.recipe.gate)
    ways: tuple[Beside, ...] = ("own", "none", "wrong")
    for beside in ways:
        scored = list(score(predictor, test, References(predictor, manifest, beside=beside)))
        found[beside] = evaluate(scored, test, predictor.classes, policy)
    told = {beside: figures["any_defect"]["auroc"]["value"] for beside, figures in found.items()}
    assert told["own"] > 0.9, told
    # A disc with one mark may be of a design that bears it: alone, one in nine pairs is a guess.
    assert told["none"] < told["own"], told
    assert told["wrong"] < told["own"]
    assert found["own"]["map"] > found["none"]["map"] + 0.2


@pytest.mark.slow
def test_a_run_on_a_backbone_that_stays_resumes_exactly(drawn: Path, features: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    words = (drawn, *FROZEN, "--epochs", 3, "--set", "augment.noise=0.02")
    assert command("train", "run", *words, "--features", features, "--out", whole) == 0
    kept = {path: path.stat().st_mtime_ns for path in features.rglob("*.npy")}
    assert command("train", "run", *words, "--features", features, "--out", parts, "--until", 1) == 0
    torch.manual_seed(99)
    # What was kept is read again, and is the same where it had to be computed anew.
    assert command("train", "run", drawn, "--resume", parts, "--features", tmp_path / "anew") == 0
    assert {path: path.stat().st_mtime_ns for path in features.rglob("*.npy")} == kept
    one, two = read_checkpoint(whole / LAST), read_checkpoint(parts / LAST)
    assert one.progress == two.progress
    assert one.metrics == two.metrics
    assert all(torch.equal(one.weights[name], two.weights[name]) for name in one.weights)
    states = [checkpoint.optimizer["state"] for checkpoint in (one, two)]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][i]["exp_avg_sq"], states[1][i]["exp_avg_sq"]) for i in states[0])
    # Of the photos to learn from, to check on, and of the approved samples.
    assert len(list((tmp_path / "anew").iterdir())) == 3


@pytest.mark.slow
def test_a_backbone_that_stays_is_released_as_it_came(learnt: Path) -> None:
    last = read_checkpoint(learnt / LAST)
    with torch.random.fork_rng():
        torch.manual_seed(last.recipe.seed)
        untaught = Network(last.spec)
    for name, value in untaught.encoder.backbone.state_dict().items():
        assert torch.equal(value, last.weights[f"encoder.backbone.{name}"])
    assert not torch.equal(untaught.comparison.leave.weight, last.weights["comparison.leave.weight"])


@pytest.mark.slow
def test_a_release_answers_by_both_graphs_as_the_network_does_beside_a_bank(
    learnt: Path, released: Path, drawn: Path
) -> None:
    inspector = Inspector.load(released)
    record = inspector.record
    assert {GRAPH, COMPARISON, WEIGHTS} <= set(record.files)
    assert record.schema_version == 2
    assert record.bank is not None
    assert record.any_defect is not None
    assert record.parity.max_abs_logit <= 1e-3
    assert record.parity.same_verdicts == 1.0
    # One golden answer is beside a bank.
    assert [golden.beside for golden in record.golden] == [None, None, "golden-2.png"]
    with safe_open(released / WEIGHTS, framework="pt") as file:
        # Its backbone is not the published one, so it travels along.
        assert any(key.startswith("encoder.backbone.") for key in file.keys())  # noqa: SIM118
    manifest, served = read_manifest(drawn), Served(Inspector.load(released))
    run = Trained(read_checkpoint(learnt / "best.pt").network(), "run")
    ours, theirs = (References(predictor, manifest) for predictor in (run, served))
    for sample in manifest.split("test").samples[::5]:
        data = manifest.path(sample.file_name).read_bytes()
        one, two = run.predict(data, ours.bank(sample)), served.predict(data, theirs.bank(sample))
        assert one.approved_photos() == two.approved_photos() == 2
        assert torch.allclose(torch.from_numpy(one.heatmap), torch.from_numpy(two.heatmap), atol=1e-3)


@pytest.mark.slow
def test_each_number_of_approved_photos_has_thresholds_of_its_own(released: Path) -> None:
    record = Inspector.load(released).record
    assert [entry.approved_photos for entry in record.by_approved] == [0, 1, 2, 3]
    assert record.deciding(2)[1] == record.calibration
    assert record.deciding(7)[0] == record.deciding(3)[0]
    names = {"scratch", "pit", "any"}
    assert all(set(entry.thresholds) == names for entry in record.by_approved)
    assert record.class_names() == ("scratch", "pit")
    assert record.metrics["split"] == "test"


@pytest.mark.slow
def test_inspect_says_what_on_the_approved_sample_a_finding_was_compared_with(
    released: Path, drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = read_manifest(drawn).split("test")
    own = [s for s in test if s.design == "test-0"]
    approved = [drawn / s.file_name for s in own if s.approved_sample]
    defective = [drawn / s.file_name for s in own if s.defects]
    words = ("inspect", *defective, "--release", released.name, "--releases", released.parent, "--json")
    assert command(*words, "--approved-sample", *approved) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(answer["approved_photos"] == 2 for answer in answers)
    assert set(answers[0]["scores"]) == set(answers[0]["thresholds"]) == {"scratch", "pit", "any"}
    findings = [finding for answer in answers for finding in answer["findings"]]
    assert findings
    for finding in findings:
        origin = finding["compared_with"]
        header = read_header(approved[origin["photo"]].read_bytes())
        assert 0 <= origin["place"]["x"] < header.width
        assert 0 <= origin["place"]["y"] < header.height
    # Alone it is judged all the same, compared with nothing.
    assert command(*words) == 0
    said = capsys.readouterr()
    assert "judged without an approved sample" in said.err
    for line in said.out.splitlines():
        answer = json.loads(line)
        assert answer["approved_photos"] == 0
        assert all(finding["compared_with"] is None for finding in answer["findings"])


@pytest.mark.slow
def test_the_bench_says_what_the_approved_photos_are_worth(
    learnt: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    words = ("train", "bench", "beside", drawn, "--judged", learnt, "--split", "test", "--json", file)
    assert command(*words) == 0
    ways = json.loads(file.read_text())["parts"]["test"]["ways"]
    auroc = {way: ways[way]["auroc"]["value"] for way in ways}
    assert auroc["own"] > auroc["none"]
    assert auroc["own"] > auroc["wrong"]
    assert ways["own"]["hottest"] >= ways["none"]["hottest"]
    assert "found at 5%" in capsys.readouterr().out


@pytest.mark.slow
def test_the_bench_says_what_accepted_pieces_change_and_what_a_defective_one_costs(
    learnt: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    words = ("train", "bench", "accepted", drawn, "--judged", learnt, "--split", "test", "--json", file)
    assert command(*words, "--photos", 0, 2) == 0
    rows = json.loads(file.read_text())["rows"]
    auroc = {name: row["auroc"]["value"] for name, row in rows.items()}
    assert auroc["2 photos"] > auroc["0 photos"]
    assert auroc["2 photos and a defective one"] <= auroc["2 photos, where one can be spoiled"]
    manifest = read_manifest(drawn)
    spoiled = References(Trained(read_checkpoint(learnt / LAST).network(), "last"), manifest, spoiled=True)
    for sample in manifest.split("test"):
        *approved, bad = spoiled.photos(sample)
        assert [photo.defects for photo in approved] == [(), ()]
        assert bad.defects
        assert (bad.design, bad.piece_id == sample.piece_id) == (sample.design, False)
    assert "clean flagged" in capsys.readouterr().out
    assert command(*words, "--photos", 99) == 1
    assert "ask for fewer with --photos" in capsys.readouterr().err


@pytest.mark.slow
def test_the_bench_teaches_a_release_on_a_few_photos_without_outlines_and_keeps_the_run(
    released: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = read_manifest(drawn)
    plain = [s.model_copy(update={"piece_mask": None, "design": None}) for s in whole]
    surfaces = tmp_path / "surfaces"
    shutil.copytree(drawn, surfaces)
    write_manifest(Manifest(surfaces, whole.card, plain))
    file, work = tmp_path / "figures.json", tmp_path / "work"
    words: tuple[object, ...] = ("train", "bench", "curve", surfaces, "--from", released.name)
    words += ("--releases", released.parent)
    words += ("--work", work, "--good", 8, "--references", 2, "--set", "versions=1", "--json", file)
    assert command(*words, "--defective", 0, 6) == 0
    ways = json.loads(file.read_text())["ways"]
    assert list(ways) == [*RULES, "taught on 0 defective", "taught on 6 defective"]
    assert "found at 5 %" in capsys.readouterr().out
    learnt = read_manifest(work / "photos-6")
    assert Counter(bool(s.defects) for s in learnt.split("train")) == {False: 8, True: 6}
    assert {s.design for s in learnt} == {"one"}
    masks = [learnt.path(str(s.piece_mask)) for s in learnt]
    assert all(read_mask(mask, (96, 96)).all() for mask in masks)
    before = (work / "run-6" / "last.pt").stat().st_mtime_ns
    assert command(*words, "--defective", 6) == 0
    assert (work / "run-6" / "last.pt").stat().st_mtime_ns == before
    # What lies there is of these photos: of others it would be measured under a wrong name.
    assert command(*words, "--defective", 6, "--seed", 1) == 1
    assert "give another --work" in capsys.readouterr().err
    assert command(*words, "--defective", 999) == 1
    assert "asked for 999" in capsys.readouterr().err


@pytest.mark.slow
def test_what_is_kept_of_an_approved_photo_are_the_cells_that_show_its_piece(
    released: Path, drawn: Path
) -> None:
    served = Served(Inspector.load(released))
    sample = next(iter(read_manifest(drawn).split("test")))
    approved: Approved = served.approved((drawn / sample.file_name).read_bytes())
    assert approved.release == released.name
    assert len(approved.cells) == len(approved.places)
    # A disc of radius 34 in 96 px: two fifths of 8 x 8 cells, and those that its edge crosses.
    assert 20 <= len(approved.cells) <= 45
    assert all(0 <= p.x <= 96 and 0 <= p.y <= 96 for p in approved.places)
