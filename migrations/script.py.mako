<%
    from flask import current_app

    others = sorted(filter(None, current_app.extensions["migrate"].db.engines))
%>\
"""${message}.

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
% if deletes:

# What is deleted, data and all, and meant to be.
deletes = ${repr(deletes)}
% endif
% if contracts and up_revision in contracts:

# What code that still runs may know: `flask db upgrade` waits until it is told that none does.
contracts = ${repr(contracts[up_revision])}
% endif
% if not others:


def upgrade() -> None:
    """Bring the schema to this revision."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    ${downgrades if downgrades else "pass"}
% else:


def upgrade(engine_name: str) -> None:
    """Bring the schema of a database to this revision."""
    globals()[f"upgrade_{engine_name}"]()


def downgrade(engine_name: str) -> None:
    """Bring the schema of a database back to the revision before."""
    globals()[f"downgrade_{engine_name}"]()
% for name in ["", *others]:


def upgrade_${name}() -> None:
    """Bring the schema of ${name or "the default database"} to this revision."""
    ${context.get(f"{name}_upgrades") or "pass"}


def downgrade_${name}() -> None:
    """Bring the schema of ${name or "the default database"} back to the revision before."""
    ${context.get(f"{name}_downgrades") or "pass"}
% endfor
% endif
