"""What other releases said of photos that one had judged."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rescores",
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("release", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("beside", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("defects", sa.JSON(), nullable=False),
        sa.Column("variance_level", sa.Integer(), nullable=False),
        sa.Column("design_distance", sa.Double(), nullable=True),
        sa.Column("approved_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.PrimaryKeyConstraint("inspection", "release"),
    )
    op.create_index("ix_rescores_release", "rescores", ["release", "number"])
    op.create_index("ix_rescores_agrees", "rescores", ["release", "agrees", "number"])
