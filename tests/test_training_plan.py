"""What a run would be, and which rate to try: both without leaving anything behind."""

import json
from pathlib import Path

import pytest

import ubora
from tests.varied_dataset import varied_dataset
from training.find_rate import RateError, middle_of_valley


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_a_dry_run_counts_what_there_is_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = varied_dataset(tmp_path / "set", photos=40)
    before = files(tmp_path)
    words = [
        "train",
        "run",
        "set",
        "--recipe",
        "tiny",
        "--set",
        "batch=3",
        "--dry-run",
        "--json",
        "plan.json",
    ]
    assert ubora.main(words) == 0
    assert files(tmp_path) - before == {tmp_path / "plan.json"}
    found = json.loads((tmp_path / "plan.json").read_text())
    train = manifest.split("train")
    assert found["photos"]["train"] == len(train)
    assert found["steps_per_epoch"] == -(-len(train) // 3)
    assert found["classes"]["crack"]["train"] == sum("crack" in s.defect_names() for s in train)
    assert found["without_label"]["variance"] == sum(s.variance is None for s in train) > 0
    assert found["heads"] == ["defects", "piece", "variance", "embedding"]
    assert found["minutes"] >= 0
    assert found["step_ms"] > 0
    assert (found["draft_epochs"], found["draft_step_ms"]) == (0, None)
    assert "nothing was written" in capsys.readouterr().out


def test_a_dry_run_times_the_first_epochs_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    varied_dataset(tmp_path / "set", photos=40)
    words = ["train", "run", "set", "--recipe", "tiny", "--dry-run", "--json", "plan.json"]
    for knob in ("input_size=192", "first_look=128", "draft_size=64", "draft_share=0.5"):
        words += ["--set", knob]
    assert ubora.main(words) == 0
    found = json.loads((tmp_path / "plan.json").read_text())
    assert found["draft_epochs"] == 2
    assert found["draft_step_ms"] > 0
    assert "in the first 2 epochs" in capsys.readouterr().out


@pytest.mark.slow
def test_a_sweep_ends_with_rates_in_the_proportion_of_the_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    varied_dataset(tmp_path / "set", photos=40)
    before = files(tmp_path)
    words = ["train", "run", "set", "--recipe", "tiny", "--set", "backbone_lr=1e-3", "--find-lr"]
    assert ubora.main([*words, "--json", "rates.json"]) == 0
    assert files(tmp_path) - before == {tmp_path / "rates.json"}
    found = json.loads((tmp_path / "rates.json").read_text())
    assert found["rates"] == sorted(found["rates"])
    assert found["backbone_lr"] == pytest.approx(found["head_lr"] / 5)
    assert found["rates"][10] <= found["head_lr"] <= found["rates"][-1]
    assert "--set head_lr=" in capsys.readouterr().out


def test_the_suggested_rate_lies_in_the_middle_of_the_way_down() -> None:
    rates = [10 ** (-6 + step / 10) for step in range(60)]
    # Flat until step 20, down until 40, then up again.
    losses = [5.0 + min(0, 20 - step) / 10 if step <= 40 else 3.0 + (step - 40) for step in range(60)]
    assert middle_of_valley(rates, losses) == pytest.approx(rates[30], rel=0.3)


def test_a_loss_that_only_rises_suggests_nothing() -> None:
    rates = [10 ** (-6 + step / 10) for step in range(60)]
    with pytest.raises(RateError, match="the loss fell at no rate"):
        middle_of_valley(rates, [float(step) for step in range(60)])
