"""The web apps as files, and the phone's service worker, which knows every file of its app by content.

mount_pages(app, WEB)

Files are served without comments, indentation and empty lines, a fifth of what a phone would pay for. The
worker that is served is web/phone/worker.js behind two lines: the files of the phone app with their hashes,
and a version made from all of them. So a browser sees another worker, and fetches what changed, as soon as
what it gets of one file is another; there is no build step and no number to remember.
"""

import asyncio
import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, RedirectResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(__file__).parent.parent / "web"
APPS = ("phone", "console", "shared")
WORKER = "phone/worker.js"
KEPT_OFFLINE = {".html", ".js", ".css", ".svg", ".json"}
"""Kinds of files that the app cannot start without; icons for the home screen are the system's to keep."""
HASH_DIGITS = 16
"""Against a broken or older file, not against an enemy: he would have the server."""
_BLOCK = rb"^[ \t]*/\*(?:[^*]|\*(?!/))*\*/[ \t]*\n"
_SPACE = rb"|^[ \t]*\n|^[ \t]+"
_UNSERVED = {
    ".js": re.compile(_BLOCK + rb"|^[ \t]*//.*\n|[ \t]+//[^\"'`\n]*$" + _SPACE, re.MULTILINE),
    ".css": re.compile(_BLOCK + _SPACE, re.MULTILINE),
    ".html": re.compile(_SPACE[1:], re.MULTILINE),
}
"""Line by line, so nothing of a file's own may span lines in quotes; a test looks. What stands after code
goes only where no quote follows: it cannot lie within a text then. JSON is written anew without spaces."""
_ASK_EACH_TIME = {"Cache-Control": "no-cache"}


class Pages(StaticFiles):
    """Files of the web apps: kept by the browser, but asked about each time, so that none stays behind."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if isinstance(response, FileResponse):
            file = Path(response.path)
            if file.suffix in _UNSERVED or file.suffix == ".json":
                # The ETag is the file's, so that a browser that has it is answered 304 as ever.
                told = {name: response.headers[name] for name in ("etag", "last-modified")}
                body = await asyncio.to_thread(served, file)
                response = Response(body, media_type=response.media_type, headers=told)
        response.headers.update(_ASK_EACH_TIME)
        return response


def mount_pages(app: FastAPI, web: Path) -> None:
    @app.get("/", include_in_schema=False)
    def root() -> RedirectResponse:
        return RedirectResponse("/phone/")

    @app.get(f"/{WORKER}", include_in_schema=False)
    def worker() -> Response:
        return Response(
            phone_worker(web), media_type="text/javascript", headers={"Cache-Control": "no-cache"}
        )

    for name in APPS:
        if (web / name).is_dir():
            app.mount(f"/{name}", Pages(directory=web / name, html=True), name=name)


def served(path: Path) -> bytes:
    """What a browser gets of a file: pages, scripts, styles and words without what only we read."""
    stat = path.stat()
    return _served(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1_000)
def _served(path: Path, _mtime_ns: int, _size: int) -> bytes:
    """Made once for each state of a file: the console asks for over a hundred of them."""
    data = path.read_bytes()
    if path.suffix == ".json":
        return json.dumps(json.loads(data), ensure_ascii=False, separators=(",", ":")).encode()
    unserved = _UNSERVED.get(path.suffix)
    return data if unserved is None else unserved.sub(b"", data)


def phone_files(web: Path) -> dict[str, str]:
    """URL → the first 16 hex digits of the SHA-256 of every file that the phone app needs with no network."""
    paths = sorted(
        path
        for folder in ("phone", "shared")
        for path in (web / folder).rglob("*")
        if path.suffix in KEPT_OFFLINE and path != web / WORKER
    )
    return {
        _url(path.relative_to(web)): hashlib.sha256(served(path)).hexdigest()[:HASH_DIGITS] for path in paths
    }


def phone_worker(web: Path) -> str:
    """The service worker as it is served. Reads some thirty small files, so it is for a worker thread."""
    script = served(web / WORKER).decode()
    files = json.dumps(phone_files(web), indent=0)
    version = hashlib.sha256((files + script).encode()).hexdigest()[:HASH_DIGITS]
    return f'const VERSION = "{version}";\nconst FILES = {files};\n{script}'


def _url(path: Path) -> str:
    return f"/{path.as_posix()}".removesuffix("index.html")
