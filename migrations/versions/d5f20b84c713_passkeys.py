"""Passkeys.

Revision ID: d5f20b84c713
Revises: 5e1c72d0b948
Create Date: 2026-11-22 18:36:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "d5f20b84c713"
down_revision = "5e1c72d0b948"
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


def bytes_type(length: int) -> sa.LargeBinary:
    """Return a type of bytes that can be unique on MariaDB, too."""
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def moment() -> sa.DateTime:
    """Return a type that keeps microseconds."""
    return sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def max_length_check(length: int, column: str) -> sa.CheckConstraint:
    """Return the rule that a text is not longer than its column."""
    return sa.CheckConstraint(
        f"substr({column}, 1, {length}) = {column}", name=op.f(f"ck_passkeys_{column}_length")
    )


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_handle", bytes_type(64), nullable=False),
        sa.Column("credential_id", bytes_type(1023), nullable=False),
        sa.Column("public_key", bytes_type(1024), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", text_type(100), nullable=False),
        sa.Column("is_backed_up", sa.Boolean(), nullable=False),
        sa.Column("name", text_type(64), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("last_used_at", moment()),
        max_length_check(64, "user_handle"),
        max_length_check(1023, "credential_id"),
        max_length_check(1024, "public_key"),
        max_length_check(64, "name"),
        max_length_check(100, "transports"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_user_id"), "passkeys", ["user_id"])


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    op.drop_table("passkeys")
