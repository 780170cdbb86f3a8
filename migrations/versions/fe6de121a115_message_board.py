"""Messages on the board.

Revision ID: fe6de121a115
Revises: c3a86f0d5b17
Create Date: 2026-11-22 05:27:54
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "fe6de121a115"
down_revision = "c3a86f0d5b17"
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


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer()),
        sa.Column("text", text_type(12000), nullable=False),
        sa.Column("written_at", moment(), nullable=False),
        sa.Column("edited_at", moment()),
        sa.Column("deleted_at", moment()),
        sa.Column("reply_to_id", sa.Integer()),
        sa.Column("hidden_at", moment()),
        sa.Column("hidden_by_id", sa.Integer()),
        sa.Column("hidden_reason", text_type(500), server_default="", nullable=False),
        sa.CheckConstraint("substr(text, 1, 12000) = text", name=op.f("ck_messages_text_length")),
        sa.CheckConstraint(
            "substr(hidden_reason, 1, 500) = hidden_reason",
            name=op.f("ck_messages_hidden_reason_length"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["users.id"],
            name=op.f("fk_messages_author_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["reply_to_id"],
            ["messages.id"],
            name=op.f("fk_messages_reply_to_id_messages"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["hidden_by_id"],
            ["users.id"],
            name=op.f("fk_messages_hidden_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_author_id_id", "messages", ["author_id", "id"])
    op.create_index("ix_messages_reply_to_id_id", "messages", ["reply_to_id", "id"])
    op.create_index(op.f("ix_messages_hidden_at"), "messages", ["hidden_at"])
    op.create_index(op.f("ix_messages_hidden_by_id"), "messages", ["hidden_by_id"])


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    op.drop_table("messages")
