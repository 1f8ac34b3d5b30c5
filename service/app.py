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

from ubora.service import first_steps, health
from ubora.service.agreement import overturned
from ubora.service.agreement import routes as agreement
from ubora.service.alerts import limits
from ubora.service.alerts import routes as alerts
from ubora.service.alerts.loop import watch
from ubora.service.auth import access, audit, enrolments, sessions, staff, tokens
from ubora.service.corrective import actions, answers, suggestions
from ubora.service.costs import prices
from ubora.service.costs import routes as costs
from ubora.service.designs import accepted, approved, designs
from ubora.service.drift import rare
from ubora.service.drift import routes as drift
from ubora.service.goods_in import bags
from ubora.service.harvests import routes as harvests
from ubora.service.harvests.making import follow as make_harvests
from ubora.service.harvests.making import sweep_harvests
from ubora.service.http import errors
from ubora.service.http.bodies import SmallBodies
from ubora.service.http.document import DocumentedApp
from ubora.service.http.observe import Edge, Metrics, log_event
from ubora.service.http.pages import WEB, mount_pages
from ubora.service.http.tracing import open_tracing
from ubora.service.inspections import outcomes, pieces, resumable
from ubora.service.inspections import routes as inspections
from ubora.service.inspections.wire import InspectionContext, UploadedInspection
from ubora.service.ledger.database import Clock, wall_clock
from ubora.service.numbers import defects, escapes, funnel, over_time, rates
from ubora.service.numbers.bias import routes as bias
from ubora.service.numbers.heat import routes as heat
from ubora.service.outbound import deliveries, webhooks
from ubora.service.outbound.loop import deliver
from ubora.service.ownership import archive, consents, deletions
from ubora.service.ownership.sweeper import sweep
from ubora.service.queue import routes as queue
from ubora.service.queue.live import Listeners
from ubora.service.releases import kept, promotion, serving
from ubora.service.reports import monthly, today
from ubora.service.rescoring import routes as rescoring
from ubora.service.rescoring.shadow import Shadow, follow
from ubora.service.reviews import appeals, handovers, known, reviews
from ubora.service.sampling import checks, standards
from ubora.service.scale import routes as scale
from ubora.service.settings import Settings
from ubora.service.state import AppState
from ubora.service.storage.watch import Watch
from ubora.service.thresholds import routes as thresholds
from ubora.service.workshops import (
    importing,
    lot_acts,
    lots,
    microfactories,
    packing,
    pass_rates,
    progress,
    summary,
)
from ubora.service.wrong_design import routes as wrong_design

SWEEP_SECONDS = 3600.0
_SUBJECTS = (
    inspections,
    resumable,
    pieces,
    outcomes,
    reviews,
    handovers,
    wrong_design,
    appeals,
    queue,
    lots,
    lot_acts,
    packing,
    microfactories,
    importing,
    consents,
    archive,
    deletions,
    designs,
    approved,
    accepted,
    pass_rates,
    summary,
    progress,
    actions,
    answers,
    suggestions,
    overturned,
    agreement,
    known,
    rescoring,
    harvests,
    serving,
    kept,
    promotion,
    first_steps,
    rates,
    defects,
    funnel,
    over_time,
    escapes,
    rare,
    drift,
    alerts,
    limits,
    webhooks,
    deliveries,
    prices,
    costs,
    thresholds,
    scale,
    bias,
    heat,
    checks,
    standards,
    bags,
    today,
    monthly,
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
    metrics, tracing = Metrics(), open_tracing(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state = await asyncio.to_thread(AppState.open, settings, metrics, clock)
        app.state.ubora = state
        app.state.listeners = Listeners(state)
        shadow = follow(state, Shadow(settings.releases, state.trusted))
        listeners = app.state.listeners.watch()
        work = (
            *(_follow_champion(state), shadow, _sweep(state), listeners),
            *(make_harvests(state), watch(state), deliver(state)),
        )
        tasks = [asyncio.create_task(one) for one in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await asyncio.to_thread(state.close)
            await asyncio.to_thread(tracing.close)

    app = DocumentedApp(
        bodies=(
            InspectionContext,
            UploadedInspection,
            appeals.AppealContext,
            answers.ChangeContext,
            approved.ApprovedContext,
        ),
        title="Ubora",
        summary="Photos of handmade pieces in, verdicts and pass rates out.",
        version="1",
        lifespan=lifespan,
        # Their pages load scripts from a CDN, which our own headers forbid.
        docs_url=None,
        redoc_url=None,
        telemetry=tracing.config(),
    )
    errors.install(app)
    # First: a page asks for over a hundred files, and each would be held against every route before them.
    mount_pages(app, web)
    for subject in _SUBJECTS:
        app.include_router(subject.router)
    app.add_middleware(GZipMiddleware, minimum_size=300, compresslevel=6)
    app.add_middleware(SmallBodies, settings=settings)
    app.add_middleware(Edge, metrics=metrics, tracer=tracing.tracer, https=settings.is_https())
    return app


async def _follow_champion(state: AppState) -> None:
    while True:
        await asyncio.sleep(state.settings.release_poll_seconds)
        await asyncio.to_thread(state.champion.refresh)


async def _sweep(state: AppState) -> None:
    watch = Watch()
    while True:
        try:
            removed = await asyncio.to_thread(sweep, state, watch)
            removed += await asyncio.to_thread(sweep_harvests, state)
        except Exception as error:  # a full disk or a busy ledger now is no reason to never sweep again
            log_event("sweep-failed", level=logging.WARNING, fault=str(error))
        else:
            if removed:
                log_event("swept", files=removed)
        await asyncio.sleep(SWEEP_SECONDS)
