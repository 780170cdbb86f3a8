"""How `flask db` runs the revisions on the database of this configuration."""

import safe_schema

safe_schema.run()
