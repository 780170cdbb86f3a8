"""Who is let in, warned and asked for another password, and to whom no mail is sent.

Revision ID: 9c0e54e6ea01
Revises: d52f08a17c3b
Create Date: 2026-11-22 18:40:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "9c0e54e6ea01"
down_revision = "d52f08a17c3b"
branch_labels = None
depends_on = None


def text_type(length: int) -> sa.String:
    """Return a text type that compares and sorts by code points."""
    return (
        sa.String(length)
        .with_variant(sa.String(length, collation="C"), "postgresql")
        .with_variant(
            mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
        )
    )


def moment() -> sa.DateTime:
    """Return a type that keeps microseconds."""
    return sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def max_length_check(table: str, length: int, column: str) -> sa.CheckConstraint:
    """Return the rule that a text is not longer than its column."""
    return sa.CheckConstraint(
        f"substr({column}, 1, {length}) = {column}", name=op.f(f"ck_{table}_{column}_length")
    )


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "refused_addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", text_type(320), nullable=False),
        sa.Column("answer", text_type(500), nullable=False),
        sa.Column("refused_at", moment(), nullable=False),
        max_length_check("refused_addresses", 320, "address"),
        max_length_check("refused_addresses", 500, "answer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_addresses")),
        sa.UniqueConstraint("address", name=op.f("uq_refused_addresses_address")),
    )
    op.create_index(op.f("ix_refused_addresses_refused_at"), "refused_addresses", ["refused_at"])
    priority = sa.Column("priority", sa.SmallInteger(), server_default="1", nullable=False)
    op.add_column("outgoing_mail", priority)
    op.create_index("ix_outgoing_mail_next", "outgoing_mail", ["priority", "due"])
    op.add_column("users", sa.Column("let_in_at", moment()))
    op.add_column("users", sa.Column("warned_at", moment()))
    op.add_column("users", sa.Column("breached_state", text_type(32)))


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    for column in ("breached_state", "warned_at", "let_in_at"):
        op.drop_column("users", column)
    op.drop_index("ix_outgoing_mail_next", "outgoing_mail")
    op.drop_column("outgoing_mail", "priority")
    op.drop_table("refused_addresses")
