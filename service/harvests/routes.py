"""Harvests on the console, for engineers and admins: looked at before, made in the background, downloaded.

POST   /v1/harvest-previews            what would be in it now, and what would not, and why
GET    /v1/harvests                    those that are kept, the latest first, and how much room there is
PUT    /v1/harvests/{uuid}             ask for one
GET    /v1/harvests/{uuid}             how far it is
DELETE /v1/harvests/{uuid}             its archive goes; one that is being made ends
GET    /v1/harvests/{uuid}/archive     the dataset as one ZIP

The dataset is the one that `ubora harvest` writes. Of whom photos are in an archive is looked at again before
each download: it goes where one of them was deleted since, or a workshop says no.
"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from sqlalchemy import func, select

from ubora.service.agreement.chosen import Chosen
from ubora.service.auth.access import DesignKeeper, TheState
from ubora.service.auth.audit import changes, record
from ubora.service.harvests.harvest import NOTHING, counts_of, planned
from ubora.service.harvests.kept import Job, KeptHarvests
from ubora.service.harvests.making import kept_harvests, stale
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.ledger.tables import Photo
from ubora.service.state import AppState

router = APIRouter(tags=["harvests"])
SOME = 500


class Preview(Wire):
    """What a harvest would be now."""

    counts: dict[str, Any]
    """Photos, pieces, photos a defect, clean, unlabelled; by split and design."""
    left_out: dict[str, Any]
    """What was decided and would not be in it: how much, and why."""
    bytes: int
    """About so many, of its archive."""


class Asked(Wire):
    name: Code
    """Of the dataset."""
    chosen: Chosen = Chosen()


class Room(Wire):
    kept: int
    most: int
    bytes: int
    most_bytes: int


class HarvestList(Wire):
    items: list[Job]
    room: Room


@router.post("/v1/harvest-previews", responses=problems(401, 403, 422))
def preview_harvest(chosen: Chosen, state: TheState, _who: DesignKeeper) -> Preview:
    """Nothing is made and nothing kept."""
    return _preview(state, chosen)


@router.get("/v1/harvests", responses=problems(401, 403))
def get_harvests(state: TheState, _who: DesignKeeper) -> HarvestList:
    kept = kept_harvests(state)
    return HarvestList(items=kept.all(), room=_room(state, kept))


@router.put(
    "/v1/harvests/{harvest_id}",
    status_code=201,
    responses={200: {"model": Job, "description": "The same again"}, **problems(401, 403, 409, 422, 503)},
)
def put_harvest(harvest_id: UUID, body: Asked, response: Response, state: TheState, who: DesignKeeper) -> Job:
    """It is made in the background; ask how far it is. 422 `nothing`: nothing fits.

    409 `no-room`: as many are kept as may, or they would take more than they may; delete one first.
    """
    kept = kept_harvests(state)
    known = kept.get(str(harvest_id))
    if known is not None:
        if (known.name, known.chosen) != (body.name, body.chosen):
            raise Problem(409, "conflict", "Another harvest has this UUID", "a new harvest needs a new UUID")
        response.status_code = 200
        return known
    plan = _preview(state, body.chosen)
    if plan.counts["photos"] == 0:
        raise Problem(422, "nothing", "Nothing to harvest", NOTHING, members={"left_out": plan.left_out})
    _check_room(_room(state, kept), plan.bytes)
    with state.ledger.write() as session:
        facts = changes(None, body.chosen.model_dump(mode="json", exclude_defaults=True))
        record(session, who, "harvest-made", body.name, **facts)
    job = Job(
        id=str(harvest_id),
        name=body.name,
        chosen=body.chosen,
        made_by=who.label,
        made_at=state.ledger.clock(),
        of=plan.counts["photos"],
        bytes=plan.bytes,
    )
    kept.put(job)
    return job


@router.get("/v1/harvests/{harvest_id}", responses=problems(401, 403, 404, 422))
def get_harvest(harvest_id: UUID, state: TheState, _who: DesignKeeper) -> Job:
    return _known(kept_harvests(state), harvest_id)


@router.delete("/v1/harvests/{harvest_id}", status_code=204, responses=problems(401, 403, 404, 422))
def delete_harvest(harvest_id: UUID, state: TheState, who: DesignKeeper) -> None:
    kept = kept_harvests(state)
    job = _known(kept, harvest_id)
    with state.ledger.write() as session:
        record(session, who, "harvest-deleted", job.name)
    kept.remove(job.id)


@router.get(
    "/v1/harvests/{harvest_id}/archive",
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {}}}, **problems(401, 403, 404, 409, 410, 422)},
)
def get_archive(harvest_id: UUID, state: TheState, who: DesignKeeper) -> FileResponse:
    """409 `not-made`: it is being made, or it failed. 410 `not-kept`: it held what it must not any more."""
    kept = kept_harvests(state)
    job = _known(kept, harvest_id)
    if job.state == "done":
        with state.ledger.read() as session:
            if stale(session, kept.contents(job.id)):
                kept.forget_archive(job)
                job = job.model_copy(update={"state": "gone"})
    if job.state == "gone":
        detail = "a photo in it was deleted since, or its workshop does not let it be used; make it anew"
        raise Problem(410, "not-kept", "No longer kept", detail)
    if job.state != "done" or not kept.archive(job.id).is_file():
        raise Problem(409, "not-made", "Not made yet", f"the harvest is {job.state}; expected done")
    with state.ledger.write() as session:
        record(session, who, "harvest-taken", job.name)
    return FileResponse(kept.archive(job.id), media_type="application/zip", filename=f"{job.name}.zip")


def _preview(state: AppState, chosen: Chosen) -> Preview:
    samples, left_out = planned(state.ledger, chosen)
    return Preview(
        counts=counts_of(list(samples.values())),
        left_out=left_out.as_json(),
        bytes=_size(state, list(samples)),
    )


def _size(state: AppState, hashes: list[str]) -> int:
    """Bytes of these stored photos; approved ones, whose size the ledger does not know, as the others."""
    known: dict[str, int] = {}
    with state.ledger.read() as session:
        for start in range(0, len(hashes), SOME):
            some = hashes[start : start + SOME]
            rows = session.execute(
                select(Photo.stored_sha256, func.max(Photo.stored_bytes))
                .where(Photo.stored_sha256.in_(some))
                .group_by(Photo.stored_sha256)
            )
            known.update(dict(rows.all()))
    mean = sum(known.values()) / len(known) if known else 0
    return round(sum(known.values()) + mean * (len(hashes) - len(known)))


def _room(state: AppState, kept: KeptHarvests) -> Room:
    jobs = kept.all()
    return Room(
        kept=len(jobs),
        most=state.settings.harvests,
        bytes=sum(job.bytes for job in jobs),
        most_bytes=state.settings.harvests_mb * 1_000_000,
    )


def _check_room(room: Room, size: int) -> None:
    if room.kept >= room.most:
        detail = f"{room.kept} harvests are kept, as many as may be; delete one first"
    elif room.bytes + size > room.most_bytes:
        detail = (
            f"it takes about {size:,} bytes, and {max(0, room.most_bytes - room.bytes):,} of "
            f"{room.most_bytes:,} are free; delete one first, or ask for less"
        )
    else:
        return
    raise Problem(409, "no-room", "No room for another harvest", detail)


def _known(kept: KeptHarvests, harvest_id: UUID) -> Job:
    job = kept.get(str(harvest_id))
    if job is None:
        raise not_found(f"harvest {harvest_id}")
    return job
