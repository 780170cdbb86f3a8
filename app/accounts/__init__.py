"""Accounts, without a page: all of it can be called from `flask shell`.

- `registration`: a name gets an account, by a mailed link
- `authentication`: a password shows who somebody is
- `login_sessions`: a row for each browser that is logged in
- `changes`: another password or name; `email_changes`: another address, asked for and taken back
- `names`: none looks like another's, or like one that was given up not long ago
- `securing`: "this was not me"; `known_browsers`: whose login is no news
- `administration`: roles, disabling; one administrator stays
- `deletion`: an account, or a visitor's name, for good; `references`: which rows refer to it
- `personal_data`: all that is kept of somebody, as a document
- `links`: what is mailed opens one thing, once, for a while
- `letters`: what is mailed; `administration_letters`: what of administration
- `limits`, `login_limits`: how often one may try; `floods`: limits of the whole site
- `devices`: browsers in which somebody has logged in before; `guessing`: owners are warned
- `signing`: what people and browsers keep for Flasky
- `commands`: `flask user`; `data_commands`: `delete` and `export`
- `book`, `importing`, `import_command`: users of the book's own flasky come over

A function commits if its docstring says so; others belong to their caller's transaction.
"""
