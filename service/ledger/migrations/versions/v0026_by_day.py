"""What figures read of many days is found by its days alone, however many came before and after."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _pieces()
    day = sa.Column("received_at", sa.String(27), server_default=sa.text("''"), nullable=False)
    op.add_column("audit_draws", day)
    op.execute(
        "UPDATE audit_draws SET received_at = (SELECT inspections.received_at FROM inspections"
        " WHERE inspections.id = audit_draws.inspection)"
    )
    op.create_index("ix_audit_draws_received", "audit_draws", ["received_at"])
    for name, table, columns, few in (
        ("ix_inspections_flagged", "inspections", ["received_at", "number"], sa.text("verdict = 'flag'")),
        ("ix_reviews_in_hand", "reviews", ["inspection"], sa.text("in_hand IS NOT NULL")),
    ):
        op.create_index(name, table, columns, sqlite_where=few, postgresql_where=few)


def _pieces() -> None:
    op.add_column("piece_states", _number())
    op.execute(
        "UPDATE piece_states SET number = (SELECT inspections.number FROM inspections"
        " WHERE inspections.id = piece_states.inspection)"
    )
    op.drop_index("ix_piece_states_day", "piece_states")
    op.create_index("ix_piece_states_day", "piece_states", ["day", "status", "number"])
    op.create_index("ix_piece_states_own", "piece_states", ["microfactory", "day", "number", "status"])
    empty = sa.Column("day", sa.String(10), server_default=sa.text("''"), nullable=False)
    for column in (empty, _number()):
        op.add_column("piece_defects", column)
        op.execute(
            f"UPDATE piece_defects SET {column.name} = (SELECT piece_states.{column.name} FROM piece_states"
            " WHERE piece_states.piece_key = piece_defects.piece_key)"
        )
    op.drop_index("ix_piece_defects_defect", "piece_defects")
    op.create_index("ix_piece_defects_defect", "piece_defects", ["defect", "day", "number"])


def _number() -> sa.Column[int]:
    return sa.Column("number", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
