"""How tables are changed, beyond Alembic, so that nothing is lost on the way.

- `batches`: `op.update_in_batches` fills a column while visitors use its table; `keyset` is its way
  through the keys, `changed` the rows that need it, `progress` what is seen of it
- `equal_columns`: `op.keep_equal` keeps two columns equal, by triggers
- `sqlite`: a migration as one transaction; `rebuilds`: a table that is made anew keeps what Alembic
  does not know of it
- `mariadb`: a column that is changed there keeps all the rest; `mariadb_keys`: an index that is
  dropped there, and a foreign key that needs one
- `postgresql`: an Enum is a type there, with values that come and go; `named_types`: types that
  come and go with columns
- `percent_signs`: they come into a revision once, as they are
"""
