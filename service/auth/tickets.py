"""A link that stands for a phone's token for an hour: a browser sends no token with a download.

The address holds no secret that is good for anything else: a code made from what the ledger keeps of the
token, the workshop and the time when it ends. A token that is revoked takes its links along.
"""

import hmac
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal, Role
from ubora.service.ledger.clock import is_within
from ubora.service.ledger.tables import Token

LASTS = timedelta(hours=1)
"""Long enough to begin once more after a line that broke."""


def new_ticket(session: Session, who: Principal, microfactory: str, at: datetime) -> tuple[str, datetime]:
    """The ticket of a workshop's phone, and when it ends."""
    until = at + LASTS
    ends = int(until.timestamp())
    row = session.get_one(Token, who.token)
    return f"{row.id}.{ends}.{_code(row, microfactory, ends)}", until


def holder_of(session: Session, ticket: str, microfactory: str, at: datetime) -> Principal | None:
    """Whose token a ticket stands for; None where it is none, is over, or of another workshop."""
    token_id, _, rest = ticket.partition(".")
    ends, _, code = rest.partition(".")
    if not (ends.isascii() and ends.isdigit() and len(ends) <= 11):
        return None
    row = session.get(Token, token_id)
    if row is None or row.revoked_at is not None or row.microfactory != microfactory:
        return None
    if not hmac.compare_digest(code.encode(), _code(row, microfactory, int(ends)).encode()):
        return None
    if not is_within(datetime.fromtimestamp(int(ends), UTC) - LASTS, LASTS, at):
        return None
    return Principal(row.id, cast(Role, row.role), row.microfactory, row.label)


def _code(row: Token, microfactory: str, ends: int) -> str:
    told = f"archive:{microfactory}:{ends}".encode()
    return hmac.new(row.sha256.encode(), told, "sha256").hexdigest()
