"""Thresholds are set over a release's own, or taken back: one more row, and a line in the record.

    row = set_thresholds(session, who, inspector, body)     # in the transaction of the ledger
    row = undo(session, who, inspector, 7, body)

A promise that does not hold any more, or of which that cannot be told, is broken knowingly or not at all.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.models.inference.inspector import Inspector
from ubora.models.record import BundleRecord
from ubora.models.thresholds import ThresholdError, amended, plain
from ubora.service.auth.access import Principal
from ubora.service.auth.audit import Action, record
from ubora.service.costs.figures import evidence_of
from ubora.service.http.errors import Problem, not_found
from ubora.service.inference.policies import in_force, under
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import ThresholdPolicy
from ubora.service.thresholds.promise import Line, Promise, promise_under
from ubora.service.thresholds.wire import PolicyBody, UndoBody, promise_answer


def asked_for(own: BundleRecord, release: str, thresholds: dict[str, float]) -> BundleRecord:
    """The release that serves under the thresholds that are asked for.

    Raises:
        Problem: 409, another release serves; 422, a threshold that cannot be set.
    """
    if release != own.name:
        detail = f"{own.name} serves now, and {release} when this was decided"
        raise Problem(409, "release-unseen", "Another release by now", detail, members={"now": own.name})
    try:
        return amended(own, thresholds)
    except ThresholdError as error:
        raise Problem(422, "invalid", "The request is not what is expected", f"thresholds: {error}") from None


def set_thresholds(
    session: Session, who: Principal, inspector: Inspector, body: PolicyBody
) -> ThresholdPolicy:
    """
    Args:
        inspector: the release that serves, with its own thresholds.

    Raises:
        Problem: 409 `policy-unseen`, others are in force by now; 409 `promise`, it does not hold and nobody
            forces it; 409 `release-unseen`; 422.
    """
    changed = asked_for(inspector.record, body.release, body.thresholds)
    # First, so that of two who set them at once the second one sees the first one's.
    now(session)
    before = in_force(session, inspector.record.name)
    if (before.number if before else None) != body.seen:
        standing = before.number if before else None
        detail = f"policy {standing or 'none'} now, and {body.seen or 'none'} when this was decided"
        raise Problem(409, "policy-unseen", "Other thresholds by now", detail, members={"now": standing})
    if plain(changed) == plain(under(inspector.record, before)):
        detail = "thresholds: all of them are in force already"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    return _made(session, who, inspector, changed, body.why, force=body.force)


def undo(
    session: Session, who: Principal, inspector: Inspector, number: int, body: UndoBody
) -> ThresholdPolicy:
    """Those before are set again, as another row.

    Raises:
        Problem: 404, there is no such policy; 409 `policy-unseen`, it is not the one in force; 409 `promise`.
    """
    own = inspector.record
    now(session)
    row = session.get(ThresholdPolicy, number)
    if row is None:
        raise not_found(f"policy {number}")
    latest = in_force(session, own.name)
    if latest is None or latest.number != number:
        standing = None if latest is None else latest.number
        detail = f"policy {number} is not in force; {standing or 'none'} of {own.name} is"
        raise Problem(409, "policy-unseen", "Other thresholds by now", detail, members={"now": standing})
    earlier = session.scalar(
        select(ThresholdPolicy)
        .where(ThresholdPolicy.release == own.name, ThresholdPolicy.number < number)
        .order_by(ThresholdPolicy.number.desc())
        .limit(1)
    )
    changed = asked_for(own, own.name, {} if earlier is None else dict(earlier.thresholds))
    return _made(session, who, inspector, changed, body.why, force=body.force, undoes=number)


def _made(
    session: Session,
    who: Principal,
    inspector: Inspector,
    changed: BundleRecord,
    why: str,
    *,
    force: bool,
    undoes: int | None = None,
) -> ThresholdPolicy:
    own = inspector.record
    promise = promise_under(own, changed, evidence_of(inspector))
    if not promise.holds and not force:
        members = {"promise": promise_answer(promise).model_dump(mode="json")}
        raise Problem(
            409, "promise", "The release's promise would not hold", broken(promise), members=members
        )
    before = in_force(session, own.name)
    was = plain(own) | (dict(before.thresholds) if before else {})
    after = plain(changed)
    row = ThresholdPolicy(
        release=own.name,
        thresholds={name: value for name, value in after.items() if value != plain(own)[name]},
        undoes=undoes,
        promise=promise_answer(promise).model_dump(mode="json"),
        forced=not promise.holds,
        actor=who.label,
        token=who.token,
        at=now(session),
        why=why,
    )
    session.add(row)
    session.flush()
    facts = {name: f"{after[name]:.4g}" for name in after if after[name] != was[name]}
    facts |= {f"{name}_was": f"{was[name]:.4g}" for name in list(facts)}
    if row.forced:
        facts["forced_past"] = broken(promise)
    did: Action = "thresholds-set" if undoes is None else "thresholds-undone"
    record(session, who, did, own.name, policy=str(row.number), why=why, **facts)
    session.flush()
    return row


def broken(promise: Promise) -> str:
    """What does not hold, a sentence for each number of approved photos."""
    return "; ".join(_broken(line) for line in promise.lines if not line.holds)


def _broken(line: Line) -> str:
    where = f"beside {line.approved_photos} approved photos" if line.approved_photos else "by the photo alone"
    limit = f"at most {100 * (line.promised or 0):.0f}% missed"
    if line.bound is None:
        return f"{where}: {limit} was promised; a threshold is higher, and the release keeps no scores"
    return (
        f"{where}: {limit} was promised; with {line.missed} of {line.defective} missed it is at most "
        f"{100 * line.bound:.0f}%"
    )
