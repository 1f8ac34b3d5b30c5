"""The whole service as one ASGI app.

app = create_app(Settings(data=Path("var")))
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from service import (
    accepted,
    access,
    appeals,
    archive,
    audit,
    consents,
    deletions,
    designs,
    enrolments,
    errors,
    health,
    inspections,
    lots,
    microfactories,
    pass_rates,
    releases,
    resumable,
    reviews,
    sessions,
    staff,
    summary,
    tokens,
)
from service.bodies import SmallBodies
from service.document import DocumentedApp
from service.house import House
from service.inspection_wire import InspectionContext, UploadedInspection
from service.ledger import Clock, wall_clock
from service.observe import Edge, Metrics, log_event
from service.pages import WEB, mount_pages
from service.settings import Settings
from service.sweeper import sweep
from service.watch import Watch

SWEEP_SECONDS = 3600.0
_SUBJECTS = (
    inspections,
    resumable,
    reviews,
    appeals,
    lots,
    microfactories,
    consents,
    archive,
    deletions,
    designs,
    accepted,
    pass_rates,
    summary,
    releases,
    access,
    sessions,
    staff,
    tokens,
    enrolments,
    audit,
    health,
)


def create_app(settings: Settings, web: Path = WEB, clock: Clock = wall_clock) -> FastAPI:
    """The app for these settings. Ledger, photos and champion are opened when it starts, not before."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        house = await asyncio.to_thread(House.open, settings, metrics, clock)
        app.state.house = house
        tasks = [asyncio.create_task(_follow_champion(house)), asyncio.create_task(_sweep(house))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await asyncio.to_thread(house.close)

    app = DocumentedApp(
        bodies=(InspectionContext, UploadedInspection, appeals.AppealContext, designs.ApprovedContext),
        title="Ubora",
        summary="Photos of handmade pieces in, verdicts and pass rates out.",
        version="1",
        lifespan=lifespan,
        # Their pages load scripts from a CDN, which our own headers forbid.
        docs_url=None,
        redoc_url=None,
    )
    errors.install(app)
    for subject in _SUBJECTS:
        app.include_router(subject.router)
    mount_pages(app, web)
    app.add_middleware(GZipMiddleware, minimum_size=300, compresslevel=6)
    app.add_middleware(SmallBodies, settings=settings)
    app.add_middleware(Edge, metrics=metrics, https=settings.is_https())
    return app


async def _follow_champion(house: House) -> None:
    while True:
        await asyncio.sleep(house.settings.release_poll_seconds)
        await asyncio.to_thread(house.champion.refresh)


async def _sweep(house: House) -> None:
    watch = Watch()
    while True:
        try:
            removed = await asyncio.to_thread(sweep, house, watch)
        except Exception as error:  # a full disk or a busy ledger now is no reason to never sweep again
            log_event("sweep-failed", level=logging.WARNING, fault=str(error))
        else:
            if removed:
                log_event("swept", files=removed)
        await asyncio.sleep(SWEEP_SECONDS)
