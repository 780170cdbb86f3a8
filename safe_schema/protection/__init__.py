"""What keeps a migration from destroying anything by accident.

- `guard`: no operation that would destroy data, unless its revision says so
- `counting`: what there is
- `conversions`: what fits into another type, as `trials` in the database show; `column_types` knows
  the types
- `untouched`: no column changes that the revision does not name, and no rule of SQLite's (`rules`)
- `fingerprint`: what a schema is, so that two can be compared
"""
