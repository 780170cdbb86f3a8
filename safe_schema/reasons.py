"""What a database says of an error, and the statement that met it, without the values of rows."""

import re

from sqlalchemy.exc import DBAPIError, StatementError

# PostgreSQL's data exceptions quote a value, some of them its bytes; its other errors quote names.
DATA_EXCEPTION = "22"
IN_DOUBLE_QUOTES = re.compile(r'".*"|0x[0-9a-f ]+', re.DOTALL | re.IGNORECASE)
SYNTAX_ERROR = "42601"  # which quotes the statement
# MariaDB's errors that quote a value, and go on with names, by their numbers.
QUOTING_FIRST = {
    1062,  # ER_DUP_ENTRY
    1292,  # ER_TRUNCATED_WRONG_VALUE
    1366,  # ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
    1411,  # ER_WRONG_VALUE_FOR_TYPE
    1586,  # ER_DUP_ENTRY_WITH_KEY_NAME
}
# And those that end with a value, or with a part of the statement.
QUOTING_LAST = {
    1064,  # ER_PARSE_ERROR
    1300,  # ER_INVALID_CHARACTER_STRING
    1367,  # ER_ILLEGAL_VALUE_FOR_TYPE
    1525,  # ER_WRONG_VALUE
    1526,  # ER_NO_PARTITION_FOR_GIVEN_VALUE
    1690,  # ER_DATA_OUT_OF_RANGE
}
# To the last quote: a value may hold quotes itself.
BEFORE_NAMES = re.compile(r"'.*'(?= for (?:key|column|function)\b)|'.*'", re.DOTALL)
IN_QUOTES = re.compile(r"'.*'|(?<=for value )\S+", re.DOTALL)
ON_SQLITE = re.compile(
    r"(?<=with text )'.*'|(?<=unrecognized token: )\".*\"|(?<=near )\".*\"(?=: syntax)", re.DOTALL
)
LITERALS = re.compile(r"'.*'|\$(\w*)\$.*\$\1\$", re.DOTALL)
LITERALS_ON_MARIADB = re.compile(r"""["'].*["']""", re.DOTALL)
UNFINISHED = re.compile(r"'.*", re.DOTALL)
CHANGE_OF_ROWS = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|WITH|SELECT)\b", re.IGNORECASE)
NUMBERS = re.compile(r"(?<![\w.])\d[\d.]*")


def get_reason(error: StatementError) -> str:
    """Return, in one line, what the database says of an error."""
    if not isinstance(error, DBAPIError):  # SQLAlchemy's, which quotes what it cannot send
        return f"a value is none of its column's type ({type(error.orig).__name__})"
    diagnostics = getattr(error.orig, "diag", None)  # psycopg's, whose details quote rows
    message = str(getattr(diagnostics, "message_primary", None) or error.orig)
    state = str(getattr(diagnostics, "sqlstate", ""))
    if state.startswith(DATA_EXCEPTION) or state == SYNTAX_ERROR:
        message = IN_DOUBLE_QUOTES.sub("...", message)
    elif diagnostics is None:
        number, *words = error.orig.args or (0,) if error.orig else (0,)
        if words and number in QUOTING_FIRST:
            message = f"{BEFORE_NAMES.sub('...', str(words[0]))} ({number})"
        if words and number in QUOTING_LAST:
            message = f"{IN_QUOTES.sub('...', str(words[0]))} ({number})"
        message = ON_SQLITE.sub("...", message)
    return " ".join(message.split())


def hide_values(statement: str, *, is_mariadb: bool = False) -> str:
    """Return a statement without what it says between quotes, and without numbers of rows.

    From the first quote to the last: which of those in between belong together depends on settings.
    """
    literals = LITERALS_ON_MARIADB if is_mariadb else LITERALS
    shown = (UNFINISHED if statement.count("'") % 2 else literals).sub("'...'", statement)
    return NUMBERS.sub("...", shown) if CHANGE_OF_ROWS.match(statement) else shown
