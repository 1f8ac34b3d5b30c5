"""The view of an approved photo, and whether a piece was compared with approved photos of its own view."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("approved_photos", sa.Column("view", sa.String(length=8), nullable=True))
    # Nobody had said a view of any, so all of them counted for every view.
    op.add_column(
        "inspections", sa.Column("design_same_view", sa.Boolean(), nullable=False, server_default=sa.true())
    )
