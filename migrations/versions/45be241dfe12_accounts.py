"""Accounts, their sessions, and what roles may do.

Revision ID: 45be241dfe12
Revises: f179896e32a8
Create Date: 2026-11-20 17:08:00
"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy.dialects import mysql

revision = "45be241dfe12"
down_revision = "f179896e32a8"
branch_labels = None
depends_on = None

# Rules that SQLite can be given only by making the table anew, by table and name.
RULES = {
    "roles": {"permissions_range": "permissions BETWEEN 0 AND 2147483647"},
    "users": {
        "email_length": "substr(email, 1, 254) = email",
        "email_key_length": "substr(email_key, 1, 254) = email_key",
        "about_me_length": "substr(about_me, 1, 1000) = about_me",
        "account_role": "password_hash IS NULL OR role_id IS NOT NULL",
        "account_email": "password_hash IS NULL OR email_key IS NOT NULL",
    },
}
ADDED = {
    "roles": ["permissions"],
    "users": ["email", "email_key", "password_hash", "member_since", "disabled_at", "about_me"],
}


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
        "login_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", text_type(64), nullable=False),
        sa.Column("password_state", text_type(32), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("last_seen", moment(), nullable=False),
        sa.Column("ip_address", text_type(45), nullable=False),
        sa.Column("agent", text_type(200), nullable=False),
        sa.CheckConstraint(
            "substr(agent, 1, 200) = agent", name=op.f("ck_login_sessions_agent_length")
        ),
        sa.CheckConstraint(
            "substr(ip_address, 1, 45) = ip_address",
            name=op.f("ck_login_sessions_ip_address_length"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_login_sessions_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_login_sessions_key_hash")),
    )
    op.create_index(op.f("ix_login_sessions_user_id"), "login_sessions", ["user_id"], unique=False)
    with op.batch_alter_table("roles") as batch:
        batch.add_column(sa.Column("permissions", sa.Integer(), server_default="0", nullable=False))
        add_rules(batch, "roles")
    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("email", text_type(254), nullable=True))
        batch.add_column(sa.Column("email_key", text_type(254), nullable=True))
        batch.add_column(sa.Column("password_hash", text_type(200), nullable=True))
        batch.add_column(sa.Column("member_since", moment(), nullable=True))
        batch.add_column(sa.Column("disabled_at", moment(), nullable=True))
        batch.add_column(sa.Column("about_me", text_type(1000), server_default="", nullable=False))
        batch.create_unique_constraint(op.f("uq_users_email_key"), ["email_key"])
        add_rules(batch, "users")


def add_rules(batch: BatchOperations, table: str) -> None:
    """Give a table its rules."""
    for name, rule in RULES[table].items():
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(rule))


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    for table, columns in reversed(ADDED.items()):
        with op.batch_alter_table(table) as batch:
            for name in RULES[table]:
                batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            if table == "users":
                batch.drop_constraint(op.f("uq_users_email_key"), type_="unique")
            for column in columns:
                batch.drop_column(column)
    op.drop_table("login_sessions")
