"""What stands around messages: who keeps, reads, reports and moderates them, and their words.

Revision ID: b7d4c05e9a31
Revises: fe6de121a115
Create Date: 2026-11-22 07:45:10
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "b7d4c05e9a31"
down_revision = "fe6de121a115"
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


def reference(table: str, column: str, other: str, ondelete: str) -> sa.ForeignKeyConstraint:
    """Return the rule that a column names a row of another table."""
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "board_readers",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("last_read_id", sa.Integer(), server_default="0", nullable=False),
        sa.Column("mail_frequency", text_type(16), server_default="daily", nullable=False),
        sa.Column("mailed_at", moment()),
        max_length_check("board_readers", 16, "mail_frequency"),
        reference("board_readers", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_board_readers")),
    )
    op.create_table(
        "favourites",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        reference("favourites", "user_id", "users", "CASCADE"),
        reference("favourites", "message_id", "messages", "CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "message_id", name=op.f("pk_favourites")),
    )
    op.create_index(op.f("ix_favourites_message_id"), "favourites", ["message_id"])
    op.create_table(
        "notifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("kind", text_type(16), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("read_at", moment()),
        sa.Column("mailed_at", moment()),
        max_length_check("notifications", 16, "kind"),
        reference("notifications", "user_id", "users", "CASCADE"),
        reference("notifications", "message_id", "messages", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint(
            "user_id", "message_id", "kind", name=op.f("uq_notifications_user_id_message_id_kind")
        ),
    )
    op.create_index(op.f("ix_notifications_message_id"), "notifications", ["message_id"])
    op.create_index("ix_notifications_user_id_read_at", "notifications", ["user_id", "read_at"])
    op.create_index("ix_notifications_mailed_at_user_id", "notifications", ["mailed_at", "user_id"])
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("reporter_id", sa.Integer()),
        sa.Column("reason", text_type(500), nullable=False),
        sa.Column("text", text_type(12000), nullable=False),
        sa.Column("reported_at", moment(), nullable=False),
        sa.Column("settled_at", moment()),
        max_length_check("reports", 500, "reason"),
        max_length_check("reports", 12000, "text"),
        reference("reports", "message_id", "messages", "CASCADE"),
        reference("reports", "reporter_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "message_id", "reporter_id", name=op.f("uq_reports_message_id_reporter_id")
        ),
    )
    op.create_index(op.f("ix_reports_reporter_id"), "reports", ["reporter_id"])
    op.create_index(op.f("ix_reports_settled_at"), "reports", ["settled_at"])
    op.create_table(
        "appeals",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("text", text_type(500), nullable=False),
        sa.Column("written_at", moment(), nullable=False),
        sa.Column("settled_at", moment()),
        max_length_check("appeals", 500, "text"),
        reference("appeals", "message_id", "messages", "CASCADE"),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_appeals")),
    )
    op.create_index(op.f("ix_appeals_settled_at"), "appeals", ["settled_at"])
    op.create_table(
        "moderation_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("action", text_type(32), nullable=False),
        sa.Column("reason", text_type(500), server_default="", nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("moderator_id", sa.Integer()),
        max_length_check("moderation_events", 32, "action"),
        max_length_check("moderation_events", 500, "reason"),
        reference("moderation_events", "message_id", "messages", "CASCADE"),
        reference("moderation_events", "moderator_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_events")),
    )
    op.create_index(op.f("ix_moderation_events_message_id"), "moderation_events", ["message_id"])
    op.create_index(
        op.f("ix_moderation_events_moderator_id"), "moderation_events", ["moderator_id"]
    )
    op.create_table(
        "search_terms",
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        reference("search_terms", "message_id", "messages", "CASCADE"),
        sa.PrimaryKeyConstraint("term", "message_id", name=op.f("pk_search_terms")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    op.drop_table("search_terms")
    op.drop_table("moderation_events")
    op.drop_table("appeals")
    op.drop_table("reports")
    op.drop_table("notifications")
    op.drop_table("favourites")
    op.drop_table("board_readers")
