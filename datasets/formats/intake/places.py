"""Where things stand: which file a format means by an address, and the place of whatever is wrong.

    with at("instances.json: images[3]"):
        path, how = locate(root, "images\\7.jpg", ("", "photos"))

Labels travel between machines, so that an address may be one of Windows, lead out of the folder or begin at
the root of somebody's server. Its end still names the photo; nothing outside the folder is ever read.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from ubora.datasets.manifest import ManifestError

BY_THE_END = "photos found by the end of their path"
BY_THE_NAME_BEFORE = "photos found without the letters that Label Studio puts before a name"
_PREFIX = re.compile(r"[0-9a-f]{8}-(?=.)")


def locate(root: Path, address: str, places: Sequence[str]) -> tuple[Path, str | None]:
    """The file within `root` that an address means, and how it was found if not by its whole path.

    Raises:
        ManifestError: it does not exist, may be one of several, or leads out of the root.
    """
    path = PurePosixPath(address)
    absolute = path.is_absolute() and not path.is_relative_to(root)
    if not address or "\0" in address:
        raise ManifestError(f"expected a file within {root}, found {address!r}")
    if not absolute and ".." not in path.parts:
        for place in places:
            if _is_file(root / place / path):
                return _inside(root / place / path, root), None
    parts = _parts(address)
    for start in range(len(parts)):
        found = _only(root, "/".join(parts[start:]), places, address)
        if found is not None:
            return found, BY_THE_END if start or absolute or ".." in address else None
    if parts and (plain := _PREFIX.sub("", parts[-1], count=1)) != parts[-1]:
        found = _only(root, plain, places, address)
        if found is not None:
            return found, BY_THE_NAME_BEFORE
    if absolute or ".." in path.parts:
        raise ManifestError(f"expected a file within {root}, found {address!r}")
    raise ManifestError(f"{address} not found in {root}")


def _parts(address: str) -> list[str]:
    """The folders and the name, from behind whatever leads upwards or names a drive."""
    parts = [part for part in address.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        parts = parts[len(parts) - parts[::-1].index("..") :]
    return parts[1:] if parts and re.fullmatch("[A-Za-z]:", parts[0]) else parts


def _only(root: Path, ending: str, places: Sequence[str], address: str) -> Path | None:
    paths = {path: None for place in places if _is_file(path := root / place / ending)}
    if len({path.read_bytes() for path in paths}) > 1:
        names = " and ".join(str(path.relative_to(root)) for path in paths)
        raise ManifestError(f"{address} may be {names}; expected one file of this name")
    return next((_inside(path, root) for path in paths), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A name that no disk takes is no file's; of one that cannot be asked for nothing can be read either.
        return False


def _inside(path: Path, root: Path) -> Path:
    if not path.resolve().is_relative_to(root):
        raise ManifestError(f"{path.relative_to(root)} lies outside {root}; expected it inside")
    return path


@contextmanager
def at(where: str) -> Iterator[None]:
    """Name the place of whatever is wrong within."""
    try:
        yield
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(
            str(part) for part in fault["loc"] if not str(part).startswith(("function", "list["))
        )
        found = (
            "" if fault["type"] == "missing" else f", found {json.dumps(fault['input'], default=str)[:80]}"
        )
        message = fault["msg"].removeprefix("Value error, ")
        raise ManifestError(f"{where}: {field}{': ' if field else ''}{message}{found}") from None
    except ManifestError as error:
        # What is wrong with a file may name it already.
        said = str(error).removeprefix(f"{where}: ")
        raise ManifestError(f"{where}: {said}") from None
