"""Outgoing mail, and the notices that are gathered into it.

Revision ID: f179896e32a8
Revises: bb5345982b16
Create Date: 2026-11-20 16:19:03
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "f179896e32a8"
down_revision = "bb5345982b16"
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


def max_length_check(length: int, table: str, column: str) -> sa.CheckConstraint:
    """Return the rule that a text is not longer than its column: SQLite does not count."""
    rule = f"substr({column}, 1, {length}) = {column}"
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{column}_length"))


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", text_type(32), nullable=False),
        sa.Column("recipient", text_type(320), nullable=False),
        sa.Column("template", text_type(64), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("locale", text_type(16), nullable=False),
        sa.Column("due", moment(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", moment(), nullable=True),
        sa.Column("error", text_type(500), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        max_length_check(320, "outgoing_mail", "recipient"),
        max_length_check(64, "outgoing_mail", "template"),
        max_length_check(16, "outgoing_mail", "locale"),
        max_length_check(500, "outgoing_mail", "error"),
        sa.CheckConstraint(
            "tries BETWEEN 0 AND 2147483647", name=op.f("ck_outgoing_mail_tries_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_outgoing_mail_key")),
    )
    op.create_index(op.f("ix_outgoing_mail_due"), "outgoing_mail", ["due"], unique=False)
    op.create_index("ix_outgoing_mail_done", "outgoing_mail", ["sent_at", "due"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", text_type(200), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        max_length_check(200, "notices", "topic"),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outgoing_mail.id"], name=op.f("fk_notices_mail_id_outgoing_mail")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_waiting", "notices", ["mail_id", "topic"], unique=False)
    op.create_index("ix_notices_told", "notices", ["topic", "mail_id"], unique=False)


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    op.drop_table("notices")
    op.drop_table("outgoing_mail")
