"""What a run would be, told without leaving anything behind."""

import json
from pathlib import Path

import pytest

from tests.datasets.varied_dataset import varied_dataset
from ubora.command import main


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
    assert main(words) == 0
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
    assert "nothing was written" in capsys.readouterr().out
