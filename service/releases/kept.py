"""The releases that are kept, for people: which is what, what each promises, its figures, its card.

GET /v1/releases                 names, aliases, what serves, and who replaced whom
GET /v1/releases/{name}          one release: its promise, classes and figures as `ubora model show` has them
GET /v1/releases/{name}/card     its CARD.md, made a page without any HTML that was written into it
"""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt

from ubora.models.bundle import BundleError, read_bundle
from ubora.models.record import MODEL_CARD, BundleRecord
from ubora.models.registry.release_table import class_rows, figures
from ubora.models.registry.releases import ALIASES, Aliases, read_aliases, release_folder, release_names
from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Code, UtcMoment, Wire
from ubora.service.inference.policies import in_force
from ubora.service.ledger.tables import ThresholdPolicy

router = APIRouter(tags=["release"])
MOST_CARD_BYTES = 500_000
MOST_CHANGES = 20


class KeptRelease(Wire):
    name: str
    aliases: list[str]
    created_at: str | None
    fault: str | None
    """Why it can be neither read nor served; none of a good one."""


class AliasChange(Wire):
    at: str
    alias: str
    release: str
    before: str | None
    why: str
    forced: bool
    failed_gates: list[str]


class ReleaseList(Wire):
    serving: str | None
    """What answers now: it follows the champion within seconds."""
    fault: str | None
    """Why the champion does not serve; none where it does."""
    champion: str | None
    challenger: str | None
    shadow: str | None
    """It judges what comes too, and only staff see what it says."""
    returns_to: str | None
    """The champion before, which a rollback makes champion again."""
    items: list[KeptRelease]
    history: list[AliasChange]
    """The latest first, MOST_CHANGES at most."""


class Figure(Wire):
    name: str
    value: str
    interval: str
    """95 %; empty where there is none."""
    of: str


class ReleaseClass(Wire):
    name: str
    severities: str
    flagged_from: str
    precision: str
    """Average precision."""
    interval: str
    photos: str


class ThresholdsSet(Wire):
    number: int
    thresholds: dict[str, float]
    """Those that differ from the release's own; empty: none."""
    by: str
    at: UtcMoment
    why: str
    holds: bool
    """Whether the promise was found to hold under them; it was set past it where not."""


class ReleaseAnswer(Wire):
    name: str
    version: str
    created_at: str
    promise: str
    certifiable: bool
    dataset: str
    photos: int
    pieces: int
    judged_on: str
    """The dataset and split that its figures are of; empty where it has none."""
    figures: list[Figure]
    classes: list[ReleaseClass]
    """With the release's own thresholds."""
    thresholds_set: ThresholdsSet | None
    """What people set over its own thresholds; null: these decide."""


@router.get("/v1/releases", responses=problems(401, 403, 409))
def get_releases(state: TheState, _who: Staff) -> ReleaseList:
    folder = state.settings.releases
    aliases = aliases_of(folder)
    serving = state.champion.inspector
    return ReleaseList(
        serving=serving.record.name if serving else None,
        fault=state.champion.fault,
        champion=aliases.champion,
        challenger=aliases.challenger,
        shadow=aliases.shadow,
        returns_to=aliases.earlier_champions[-1] if aliases.earlier_champions else None,
        items=[_kept(folder, aliases, name) for name in release_names(folder)],
        history=[
            AliasChange(**change.model_dump(exclude={"failed_gates"}), failed_gates=list(change.failed_gates))
            for change in reversed(aliases.history[-MOST_CHANGES:])
        ],
    )


@router.get("/v1/releases/{name}", responses=problems(401, 403, 404, 409, 422))
def get_release(name: Code, state: TheState, _who: Staff) -> ReleaseAnswer:
    """By its name or an alias. 409 `release`: it is there and cannot be read."""
    record = _record(state.settings.releases, name)
    with state.ledger.read() as session:
        policy = in_force(session, record.name)
    judged_on = ", ".join(str(record.metrics[key]) for key in ("dataset", "split") if record.metrics.get(key))
    return ReleaseAnswer(
        name=record.name,
        version=record.version,
        created_at=record.created_at,
        promise=record.calibration.sentence,
        certifiable=record.calibration.certifiable,
        dataset=record.dataset.name,
        photos=record.dataset.photos,
        pieces=record.dataset.pieces,
        judged_on=judged_on,
        figures=[
            Figure(name=what, value=value, interval=interval, of=of)
            for what, value, interval, of in figures(record.metrics)
        ],
        classes=[
            ReleaseClass(
                name=row[0],
                severities=row[1],
                flagged_from=row[2],
                precision=row[3],
                interval=row[4],
                photos=row[5],
            )
            for row in class_rows(record)
        ],
        thresholds_set=None if policy is None else _set(policy),
    )


@router.get(
    "/v1/releases/{name}/card",
    response_class=HTMLResponse,
    responses=problems(401, 403, 404, 409, 422),
)
def get_card(name: Code, state: TheState, _who: Staff) -> HTMLResponse:
    """A part of a page: headings, lists, tables and text. What was written as HTML stands there as text."""
    path = _folder(state.settings.releases, name) / MODEL_CARD
    try:
        text = path.read_bytes()[:MOST_CARD_BYTES].decode("utf-8", "replace")
    except FileNotFoundError:
        raise not_found("card") from None
    return HTMLResponse(card_html(text))


def card_html(text: str) -> str:
    """Markdown as HTML that holds no markup of its writer, no image and no link with a scheme but http(s)."""
    page = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    # A link into the repository leads nowhere from here, and other schemes are nobody's business.
    page.validateLink = lambda url: url.startswith(("https://", "http://"))  # type: ignore[method-assign]
    return str(page.render(_without_front_matter(text)))


def _set(policy: ThresholdPolicy) -> ThresholdsSet:
    return ThresholdsSet(
        number=policy.number,
        thresholds=policy.thresholds,
        by=policy.actor,
        at=policy.at,
        why=policy.why,
        holds=bool(policy.promise.get("holds")),
    )


def _without_front_matter(text: str) -> str:
    """The lines between `---` that begin a card are for programs."""
    text = text.replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return text
    _, end, rest = text[4:].partition("\n---\n")
    return rest if end else text


def aliases_of(folder: Path) -> Aliases:
    """Raises Problem: 409, the file of aliases cannot be read."""
    try:
        return read_aliases(folder)
    except BundleError as error:
        raise bad_release(error) from None


def bad_release(error: BundleError) -> Problem:
    return Problem(409, "release", "The release cannot be used", str(error))


def _kept(folder: Path, aliases: Aliases, name: str) -> KeptRelease:
    held = [alias for alias in ALIASES if getattr(aliases, alias) == name]
    try:
        record = read_bundle(folder / name)
    except (BundleError, OSError) as error:
        return KeptRelease(name=name, aliases=held, created_at=None, fault=str(error))
    return KeptRelease(name=name, aliases=held, created_at=record.created_at, fault=None)


def _folder(folder: Path, name: str) -> Path:
    """Raises Problem: 404, there is none."""
    try:
        return release_folder(folder, name)
    except BundleError:
        raise not_found(f"release {name}") from None


def _record(folder: Path, name: str) -> BundleRecord:
    try:
        return read_bundle(_folder(folder, name))
    except BundleError as error:
        raise bad_release(error) from None
