"""Roles and users.

Revision ID: bb5345982b16
Revises:
Create Date: 2026-11-20 10:16:50
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "bb5345982b16"
down_revision = None
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
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", text_type(64), nullable=False),
        sa.CheckConstraint("substr(name, 1, 64) = name", name=op.f("ck_roles_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", text_type(64), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("username_key", text_type(128), nullable=False),
        sa.Column("first_seen", moment(), nullable=False),
        sa.Column("last_seen", moment(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "substr(username, 1, 64) = username", name=op.f("ck_users_username_length")
        ),
        sa.CheckConstraint(
            "substr(username_key, 1, 128) = username_key", name=op.f("ck_users_username_key_length")
        ),
        sa.CheckConstraint("visits BETWEEN 0 AND 2147483647", name=op.f("ck_users_visits_range")),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_users_role_id_roles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username_key", name=op.f("uq_users_username_key")),
    )
    op.create_index(op.f("ix_users_role_id"), "users", ["role_id"], unique=False)
    op.create_index(op.f("ix_users_username"), "users", ["username"], unique=True)


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    op.drop_table("users")
    op.drop_table("roles")
