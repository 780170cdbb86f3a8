"""Tokens of the JSON API, and requests that are not done twice.

Revision ID: c41e7d92b06a
Revises: b7d4c05e9a31
Create Date: 2026-11-22 11:40:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "c41e7d92b06a"
down_revision = "b7d4c05e9a31"
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
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", text_type(64), nullable=False),
        sa.Column("password_state", text_type(32), nullable=False),
        sa.Column("name", text_type(64), nullable=False),
        sa.Column("scopes", text_type(32), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("expires_at", moment()),
        sa.Column("last_used_at", moment()),
        max_length_check("api_tokens", 64, "name"),
        max_length_check("api_tokens", 32, "scopes"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"])
    op.create_index(op.f("ix_api_tokens_expires_at"), "api_tokens", ["expires_at"])
    op.create_table(
        "idempotent_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", text_type(64), nullable=False),
        sa.Column("request_hash", text_type(64), nullable=False),
        sa.Column("result", text_type(64), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        max_length_check("idempotent_requests", 64, "result"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_requests")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_idempotent_requests_key_hash")),
    )
    op.create_index(
        op.f("ix_idempotent_requests_created_at"), "idempotent_requests", ["created_at"]
    )


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    op.drop_table("idempotent_requests")
    op.drop_table("api_tokens")
