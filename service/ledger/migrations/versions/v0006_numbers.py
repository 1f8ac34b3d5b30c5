"""What came first is told by numbers, and the ledger remembers the latest time that it knew."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NEVER = "1970-01-01T00:00:00.000000Z"


def upgrade() -> None:
    _inspections()
    _lots()
    _clock()


def _inspections() -> None:
    """What is there is numbered by its times; changes come after, so that no number is given twice."""
    for name in ("number", "change"):
        op.add_column(
            "inspections", sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"))
        )
    _number("inspections", "number", "received_at")
    _number("inspections", "change", "changed_at")
    op.execute("UPDATE inspections SET change = change + (SELECT count(*) FROM inspections)")
    for name in (
        "received",
        "microfactory",
        "status",
        "design",
        "piece",
        "changed",
        "own_changed",
    ):
        op.drop_index(f"ix_inspections_{name}", "inspections")
    for name, columns in {
        "number": ["number"],
        "microfactory": ["microfactory", "number"],
        "status": ["status", "number"],
        "design": ["design", "number"],
        "piece": ["piece_key", "number"],
        "change": ["change"],
        "own_change": ["microfactory", "change"],
        "changed": ["changed_at", "change"],
        "received": ["microfactory", "received_at"],
    }.items():
        unique = name in ("number", "change")
        op.create_index(f"ix_inspections_{name}", "inspections", columns, unique=unique)


def _lots() -> None:
    op.add_column("lots", sa.Column("number", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    _number("lots", "number", "opened_at")
    op.drop_index("ix_lots_opened", "lots")
    op.drop_index("ix_lots_microfactory", "lots")
    op.create_index("ix_lots_number", "lots", ["number"], unique=True)
    op.create_index("ix_lots_microfactory", "lots", ["microfactory", "number"], unique=False)


def _clock() -> None:
    """Its number is greater than any that was given; its time is the latest that anything has."""
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    given = " UNION ALL ".join(
        f"SELECT max({column}) AS given FROM {table}"
        for table, column in (("inspections", "change"), ("lots", "number"))
    )
    times = " UNION ALL ".join(
        f"SELECT max({column}) AS given FROM {table}"
        for table, column in (("inspections", "changed_at"), ("reviews", "at"), ("audit", "at"))
    )
    op.execute(
        "INSERT INTO clock (id, number, at) SELECT 1,"
        f" coalesce((SELECT max(given) FROM ({given}) AS numbers), 0),"
        f" coalesce((SELECT max(given) FROM ({times}) AS times), '{NEVER}')"
    )


def _number(table: str, column: str, time: str) -> None:
    op.execute(
        f"UPDATE {table} SET {column} = ranked.place FROM"
        f" (SELECT id, row_number() OVER (ORDER BY {time}, id) AS place FROM {table}) AS ranked"
        f" WHERE {table}.id = ranked.id"
    )
