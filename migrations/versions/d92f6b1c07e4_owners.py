"""Links that can be voided, changes of addresses that can be taken back, and a log for owners.

Revision ID: d92f6b1c07e4
Revises: d5f20b84c713
Create Date: 2026-11-22 18:30:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "d92f6b1c07e4"
down_revision = "d5f20b84c713"
branch_labels = None
depends_on = None

LENGTHS = {"agent": 200, "operator": 64}  # of the log's new columns


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
        "email_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("former", text_type(254), nullable=False),
        sa.Column("email", text_type(254), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        max_length_check("email_changes", 254, "former"),
        max_length_check("email_changes", 254, "email"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_email_changes_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_changes")),
    )
    op.create_index(op.f("ix_email_changes_user_id"), "email_changes", ["user_id"])
    op.create_index(op.f("ix_email_changes_at"), "email_changes", ["at"])
    op.create_table(
        "used_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", text_type(64), nullable=False),
        sa.Column("used_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_used_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_used_links_digest")),
    )
    op.create_index(op.f("ix_used_links_used_at"), "used_links", ["used_at"])
    with op.batch_alter_table("audit_events") as batch:
        for column, length in LENGTHS.items():
            batch.add_column(
                sa.Column(column, text_type(length), server_default="", nullable=False)
            )
            rule = sa.text(f"substr({column}, 1, {length}) = {column}")
            batch.create_check_constraint(op.f(f"ck_audit_events_{column}_length"), rule)
    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("links_epoch", sa.Integer(), server_default="0", nullable=False))
        rule = sa.text("links_epoch BETWEEN 0 AND 2147483647")
        batch.create_check_constraint(op.f("ck_users_links_epoch_range"), rule)


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint(op.f("ck_users_links_epoch_range"), type_="check")
        batch.drop_column("links_epoch")
    with op.batch_alter_table("audit_events") as batch:
        for column in LENGTHS:
            batch.drop_constraint(op.f(f"ck_audit_events_{column}_length"), type_="check")
            batch.drop_column(column)
    op.drop_table("used_links")
    op.drop_table("email_changes")
