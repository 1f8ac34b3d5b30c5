"""How many photos of a piece in a row were to be taken again, so that a good piece is never stuck there."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
