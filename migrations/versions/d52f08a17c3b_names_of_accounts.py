"""What names of accounts look like, so that no other account gets one that looks the same.

Revision ID: d52f08a17c3b
Revises: c41e7d92b06a
Create Date: 2026-11-22 19:10:00
"""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql

from app.models.account_name import make_claim

revision = "d52f08a17c3b"
down_revision = "c41e7d92b06a"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 1000


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
    names = op.create_table(
        "account_names",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("skeleton", text_type(255), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("given_up_at", moment()),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_account_names_user_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_names")),
        sa.UniqueConstraint("skeleton", name=op.f("uq_account_names_skeleton")),
    )
    op.create_index(op.f("ix_account_names_user_id"), "account_names", ["user_id"])
    if not context.is_offline_mode():
        claim_names(names)


def claim_names(names: sa.Table) -> None:
    """Let each account have its name. Of those that look alike, the first one has the claim."""
    users = sa.table("users", sa.column("id"), sa.column("username"), sa.column("password_hash"))
    accounts = sa.select(users.c.id, users.c.username).where(users.c.password_hash.is_not(None))
    claims: dict[str, int] = {}
    for number, name in op.get_bind().execute(accounts.order_by(users.c.id)):
        claims.setdefault(make_claim(name), number)
    rows = [{"skeleton": skeleton, "user_id": number} for skeleton, number in claims.items()]
    for first in range(0, len(rows), ROWS_AT_ONCE):
        op.bulk_insert(names, rows[first : first + ROWS_AT_ONCE])


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    op.drop_table("account_names")
