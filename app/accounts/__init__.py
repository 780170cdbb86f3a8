"""Accounts, without a page: all of it can be called from `flask shell`.

- `registration`: a name gets an account, by a mailed link
- `authentication`: a password shows who somebody is
- `login_sessions`: a row for each browser that is logged in
- `changes`: another password, address or name
- `administration`: roles, disabling, deleting; one administrator stays
- `links`: what is mailed opens one thing, once, for a while
- `letters`: what is mailed; `administration_letters`: what of administration
- `limits`: how often one may try
- `commands`: `flask user`
- `book`, `importing`, `import_command`: users of the book's own flasky come over

A function commits if its docstring says so; others belong to their caller's transaction.
"""
