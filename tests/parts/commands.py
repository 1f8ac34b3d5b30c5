"""Commands as people type them, run in this process, for tests of a whole way.

done("data", "check", dataset)
release(dataset, tmp_path / "run", releases, "first", "--recipe", "tiny", *LONGER)
"""

from pathlib import Path

from ubora.command import main

LONGER = ("--set", "batch=4", "--epochs", "8")
"""Enough steps for a few channels to find a dark scratch and the disc it lies on."""


def done(*words: object) -> None:
    """It must succeed."""
    assert main([str(word) for word in words]) == 0


def release(dataset: Path, run: Path, releases: Path, name: str, *options: object) -> None:
    """Learned and exported, and nothing of it promoted."""
    done("train", "run", dataset, "--out", run, "--releases", releases, *options)
    done("train", "export", run, "--name", name, "--dataset", dataset, "--releases", releases)
