"""The thresholds that judge: a release's own, or those that people set over them.

    inspector, policy = judging(state.ledger, state.champion.serving())

They are asked of the ledger for each inspection, so a change reaches every worker and every replica with the
next photo. A release that becomes champion begins with its own thresholds, or with those that were set over
them when it was champion before.
"""

import logging

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.models.inference.inspector import Inspector
from ubora.models.record import BundleRecord
from ubora.models.thresholds import ThresholdError, amended
from ubora.service.http.observe import log_event
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import ThresholdPolicy


def in_force(session: Session, release: str) -> ThresholdPolicy | None:
    """The last that was set over a release's own; None: nobody has set any."""
    query = select(ThresholdPolicy).where(ThresholdPolicy.release == release)
    return session.scalar(query.order_by(ThresholdPolicy.number.desc()).limit(1))


def under(record: BundleRecord, policy: ThresholdPolicy | None) -> BundleRecord:
    """The record as a policy has it.

    Raises:
        ThresholdError: the policy is of another release of that name, with other classes.
    """
    return record if policy is None else amended(record, policy.thresholds)


def judging(ledger: Ledger, inspector: Inspector) -> tuple[Inspector, int | None]:
    """The network under the thresholds in force, and their number; None: its release's own."""
    with ledger.read() as session:
        policy = in_force(session, inspector.record.name)
    return judging_by(policy, inspector)


def judging_by(policy: ThresholdPolicy | None, inspector: Inspector) -> tuple[Inspector, int | None]:
    """The same under a policy that was read before."""
    if policy is None:
        return inspector, None
    try:
        record = under(inspector.record, policy)
    except ThresholdError as error:
        # Another release took the name; its own thresholds are better than none.
        log_event("policy-refused", level=logging.ERROR, policy=policy.number, fault=str(error))
        return inspector, None
    return inspector.amended(record), policy.number
