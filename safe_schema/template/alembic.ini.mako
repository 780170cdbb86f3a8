# Where the revisions are. The database comes from the application's configuration, and so does its logging.

[alembic]
script_location = %(here)s
path_separator = os

[post_write_hooks]
hooks = style
style.type = safe_schema.style
