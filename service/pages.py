"""The web apps as files, and the phone's service worker, which knows every file of its app by content.

mount_pages(app, WEB)

The worker that is served is web/phone/worker.js behind two lines: the files of the phone app with their
SHA-256, and a version made from all of them. So a browser sees another worker, and fetches what changed, as
soon as one byte of one file is another; there is no build step and no number to remember.
"""

import hashlib
import json
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(__file__).parent / "web"
APPS = ("phone", "console", "shared")
WORKER = "phone/worker.js"
KEPT_OFFLINE = {".html", ".js", ".css", ".svg", ".json"}
"""Kinds of files that the app cannot start without; icons for the home screen are the system's to keep."""
_ASK_EACH_TIME = {"Cache-Control": "no-cache"}


class Pages(StaticFiles):
    """Files of the web apps: kept by the browser, but asked about each time, so that none stays behind."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
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


def phone_files(web: Path) -> dict[str, str]:
    """URL → SHA-256 hex of every file that the phone app needs with no network."""
    paths = sorted(
        path
        for folder in ("phone", "shared")
        for path in (web / folder).rglob("*")
        if path.suffix in KEPT_OFFLINE and path != web / WORKER
    )
    return {_url(path.relative_to(web)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def phone_worker(web: Path) -> str:
    """The service worker as it is served. Reads some thirty small files, so it is for a worker thread."""
    script = (web / WORKER).read_text("utf-8")
    files = json.dumps(phone_files(web), indent=1)
    version = hashlib.sha256((files + script).encode()).hexdigest()[:16]
    return f'const VERSION = "{version}";\nconst FILES = {files};\n{script}'


def _url(path: Path) -> str:
    return f"/{path.as_posix()}".removesuffix("index.html")
