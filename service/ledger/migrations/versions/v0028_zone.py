"""A ledger remembers whose days it counts. What was counted by UTC's is moved when it is opened."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    zone = sa.Column("zone", sa.String(64), server_default=sa.text("''"), nullable=False)
    op.add_column("clock", zone)
