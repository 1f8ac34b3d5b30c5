"""A bundle: one released network in a folder, with everything needed to trust it and nothing pickled.

models/releases/<name>/
    model.onnx            what a photo shows; uint8 NHWC RGB in, `SEEN` out
    comparison.onnx       what is wrong beside a bank of approved cells; `COMPARED` out
    bundle.json           a BundleRecord
    CARD.md               for people: intended use, data, limits, figures
    golden-1.png …        inputs whose outputs are written in the record
    weights.safetensors   the same network to fine-tune from (training only)
    evidence.json         scores that its thresholds were chosen on (models.evidence); older ones have none

Schema version 1 has one graph, which judges a photo alone and has `OUTPUTS`.

record = read_bundle(Path("models/releases/<name>"))     # hashes and schema; golden outputs: Inspector

ValueError
└── BundleError     altered, older, partial or unreadable: what was found, what was expected, where
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ubora.models.record import COMPARISON, GRAPH, OLDER_VERSIONS, RECORD, SCHEMA_VERSION, BundleRecord


class BundleError(ValueError):
    """A bundle that must not be served."""


def read_bundle(folder: Path) -> BundleRecord:
    """Read a bundle's record and hold every file against its hash. The graph is not run.

    Raises:
        BundleError: no or unreadable record, another schema version, a missing or altered file.
    """
    path = folder / RECORD
    if not path.is_file():
        raise BundleError(f"{folder}: partial bundle, no {RECORD}")
    try:
        raw = json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{path}: not JSON ({error})") from None
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if version not in (*OLDER_VERSIONS, SCHEMA_VERSION):
        known = ", ".join(str(number) for number in (*OLDER_VERSIONS, SCHEMA_VERSION))
        raise BundleError(f"{path}: schema version {version!r}, expected one of {known}")
    try:
        record = BundleRecord.model_validate(raw)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise BundleError(f"{path}: {where}: {fault['msg']}") from None
    if record.record_sha256 != record_digest(raw):
        raise BundleError(f"{path}: altered; its own hash does not match")
    for name, expected in record.files.items():
        file = folder / name
        if not file.is_file():
            raise BundleError(f"{folder}: partial bundle, {name} is missing")
        digest = file_digest(file)
        if digest != expected:
            raise BundleError(f"{file}: altered; sha256 {digest[:12]}…, expected {expected[:12]}…")
    return record


def write_bundle(folder: Path, record: BundleRecord, files: Mapping[str, bytes | Path]) -> BundleRecord:
    """Write a whole bundle beside its place and move it there, so that no half bundle is ever seen.

    Args:
        folder: must not exist; a release is never overwritten.
        record: its `files` and `record_sha256` are filled in here.
        files: name → content or a file to copy; at least the graph, the card and the golden inputs.

    Raises:
        BundleError: the folder exists.
    """
    if folder.exists():
        raise BundleError(f"{folder}: exists already; a release is never overwritten")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, content in files.items():
        if isinstance(content, Path):
            shutil.copyfile(content, partial / name)
        else:
            (partial / name).write_bytes(content)
    hashes = {name: file_digest(partial / name) for name in sorted(files)}
    # Validated again rather than copied: the hashes complete the record's own checks.
    whole = BundleRecord.model_validate(record.model_dump() | {"files": hashes})
    signed = whole.model_copy(update={"record_sha256": record_digest(whole.model_dump(mode="json"))})
    with (partial / RECORD).open("w", encoding="utf-8") as file:
        file.write(signed.model_dump_json(indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder)
    return signed


def record_digest(written: Mapping[str, Any]) -> str:
    """SHA-256 of a record as it is written, without the hash itself.

    What is written is hashed, not what was read of it: a field that a later version adds with a default
    leaves older records as they were.
    """
    plain = {key: value for key, value in written.items() if key != "record_sha256"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def graph_bytes(folder: Path) -> int:
    """Bytes of all that a bundle's network is."""
    return sum((folder / name).stat().st_size for name in (GRAPH, COMPARISON) if (folder / name).is_file())
