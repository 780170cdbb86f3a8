"""What `flask db migrate` and `check` find, ask and write.

- `renames`: whether a column or a table was renamed; `answers` are what the operator says,
  `pairing` what fits what, and `renamed` is the database as it will be then
- `gradually`: `--gradually` writes a rename for old and new code side by side; `expansion` is what
  is to be done
- `comparison`: what it sees of types beyond Alembic, and which ones it writes
- `checks`: what it sees of CHECKs; `collations`: what it sees of SQLite's
- `order`: which operations come first
- `style`: what is written looks as if by hand
"""
