"""The phone and the place of the piece on each photo, for audits; and plans for lots that stand alone."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inspections", sa.Column("phone", sa.String(40), nullable=True))
    for table in ("photos", "approved_photos"):
        op.add_column(table, sa.Column("place", sa.JSON(), nullable=True))
    op.add_column("lot_checks", sa.Column("alone", sa.JSON(), nullable=True))
