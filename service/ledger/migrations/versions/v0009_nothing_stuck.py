"""How many photos of a piece in a row were to be taken again, by what a photo is known that was sent before,
and what a reviewer told a workshop in phrases."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _retakes()
    _prints()
    op.add_column("reviews", sa.Column("phrases", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))


def _retakes() -> None:
    """A good piece is never stuck where each photo is to be taken again."""
    op.add_column(
        "inspections", sa.Column("retakes", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    # As the service counts them: of each retake those of its piece since the last that was none.
    op.execute(
        "UPDATE inspections SET retakes = (SELECT count(*) FROM inspections AS other"
        " WHERE other.piece_key = inspections.piece_key AND other.status = 'retake'"
        " AND other.number <= inspections.number AND other.number > coalesce((SELECT max(judged.number)"
        " FROM inspections AS judged WHERE judged.piece_key = inspections.piece_key"
        " AND judged.status <> 'retake' AND judged.number < inspections.number), 0))"
        " WHERE status = 'retake'"
    )


def _prints() -> None:
    """Photos of before have no print: nothing of them is known again."""
    op.add_column(
        "inspections", sa.Column("seen_before", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_inspections_seen_before",
        "inspections",
        ["number"],
        unique=False,
        sqlite_where=sa.text("seen_before"),
        postgresql_where=sa.text("seen_before"),
    )
    op.add_column(
        "photos", sa.Column("seen_before", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    keys = [sa.Column(f"key_{at}", sa.Integer(), nullable=False) for at in range(4)]
    op.create_table(
        "photo_prints",
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("photo_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cut", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bits", sa.String(36), nullable=False),
        *keys,
        sa.ForeignKeyConstraint(["inspection", "photo_index"], ["photos.inspection", "photos.photo_index"]),
        sa.PrimaryKeyConstraint("inspection", "photo_index", "cut"),
    )
    for key in keys:
        op.create_index(f"ix_photo_prints_{key.name}", "photo_prints", [key.name], unique=False)
