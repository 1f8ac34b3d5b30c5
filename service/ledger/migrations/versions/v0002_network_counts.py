"""The network's daily counts beside each workshop's."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = ("decided", "passed", "pending", "retakes", "first_decided", "first_passed")


def upgrade() -> None:
    op.create_table(
        "network_counts",
        sa.Column("day", sa.String(length=10), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COLUMNS),
        sa.PrimaryKeyConstraint("day"),
    )
    sums = ", ".join(f"sum({name})" for name in COLUMNS)
    op.execute(
        f"INSERT INTO network_counts (day, {', '.join(COLUMNS)}) "
        f"SELECT day, {sums} FROM daily_counts GROUP BY day"
    )
