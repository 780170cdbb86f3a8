"""The rules of SQLite's tables, as SQLite tells them: keys, indexes, CHECKs, and how rows are kept.

SQLAlchemy, and so Alembic, does not know all of them: when a table is made anew, some are gone.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from alembic.operations import ops
from sqlalchemy import Connection

# What is counted in a definition: SQLite does not tell it otherwise.
WORDS = {
    "ON CONFLICT": re.compile(r"\bON\s+CONFLICT\s+\w+", re.IGNORECASE),
    "DEFERRABLE": re.compile(r"(?<!NOT )\bDEFERRABLE\s+INITIALLY\s+DEFERRED\b", re.IGNORECASE),
    "STRICT": re.compile(r"\)[\s\w,]*\bSTRICT\b[^()]*$", re.IGNORECASE),
    "WITHOUT ROWID": re.compile(r"\bWITHOUT\s+ROWID\b", re.IGNORECASE),
}
CHECK = re.compile(r"\bCHECK\s*\(", re.IGNORECASE)
STRINGS_AND_COMMENTS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
WHERE = re.compile(r"\bWHERE\b(?P<condition>.*)", re.IGNORECASE | re.DOTALL)
KINDS = {"unique": "unique", "check": "check", "foreignkey": "foreign key", "primary": "primary"}
INDEXES = """
SELECT l.name, l."unique", l.origin, i.name, i."desc", i.coll, m.sql
FROM pragma_index_list(?) l JOIN pragma_index_xinfo(l.name) i ON i.key AND i.cid >= 0
LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = l.name
ORDER BY l.name, i.seqno
"""
FOREIGN_KEYS = """
SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?)
ORDER BY id, seq
"""


class Rule(NamedTuple):
    """A rule of a table: its kind, its name if it has one, and what it says."""

    kind: str
    name: str
    words: str

    def __str__(self) -> str:
        """Return it for a message."""
        return self.words if self.kind == "table" else " ".join(filter(None, self))

    def mentions(self, name: str) -> bool:
        """Return whether a column or a table is named in it."""
        return bool(re.search(rf"\b{re.escape(name)}\b", self.words, re.IGNORECASE))


Rules = dict[str, set[Rule]]  # by the names of tables, in small letters


def find(connection: Connection) -> Rules:
    """Return the rules of all tables; of another database than SQLite none, as none are lost."""
    if connection.dialect.name != "sqlite":
        return {}
    tables = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
    )
    return {
        name.lower(): {
            *find_indexes(connection, name),
            *find_foreign_keys(connection, name),
            *find_words(definition),
        }
        for name, definition in tables.all()
    }


def find_indexes(connection: Connection, table: str) -> Iterator[Rule]:
    """Tell the indexes of a table, and its unique constraints."""
    found: dict[str, list[str]] = {}
    says: dict[str, tuple[str, str]] = {}
    for name, unique, origin, column, down, collation, sql in connection.exec_driver_sql(
        INDEXES, (table,)
    ):
        kind = {"u": "unique", "pk": "primary"}.get(origin, "unique index" if unique else "index")
        where = WHERE.search(sql or "")
        condition = " ".join(where["condition"].split()) if where else ""
        says[name] = kind, condition
        words = f"{column} COLLATE {collation}" if collation != "BINARY" else f"{column}"
        found.setdefault(name, []).append(words + " DESC" * down)
    for name, columns in found.items():
        kind, condition = says[name]
        words = f"({', '.join(columns)})" + f" WHERE {condition}" * bool(condition)
        yield Rule(kind, name if "index" in kind else "", words)


def find_foreign_keys(connection: Connection, table: str) -> Iterator[Rule]:
    """Tell the foreign keys of a table."""
    found: dict[int, list[str]] = {}
    says: dict[int, str] = {}
    for number, parent, own, other, on_update, on_delete in connection.exec_driver_sql(
        FOREIGN_KEYS, (table,)
    ):
        found.setdefault(number, []).append(f"{own} to {parent}" + f".{other}" * bool(other))
        says[number] = f"ON UPDATE {on_update} ON DELETE {on_delete}"
    for number, pairs in found.items():
        yield Rule("foreign key", "", f"({', '.join(pairs)}) {says[number]}")


def find_words(definition: str) -> Iterator[Rule]:
    """Tell the CHECKs of a table, and what else only its definition says."""
    plain = STRINGS_AND_COMMENTS.sub(lambda found: "x" * len(found[0]), definition)
    for found in CHECK.finditer(plain):
        end = find_end(plain, found.end())
        yield Rule("check", "", " ".join(definition[found.end() : end].split()))
    for word, pattern in WORDS.items():
        number = len(pattern.findall(plain))
        for each in range(number):
            yield Rule("table", "", word if number == 1 else f"{word} ({each + 1})")


def find_end(text: str, begin: int) -> int:
    """Return where a parenthesis ends that was opened before `begin`."""
    depth = 1
    for place in range(begin, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if not depth:
            return place
    return len(text)


def follow(rules: Rules, operation: ops.MigrateOperation) -> None:  # noqa: C901  # one for each
    """Let an operation change what it names."""
    table = str(getattr(operation, "table_name", "")).lower()
    match operation:
        case ops.RenameTableOp():
            rules[operation.new_table_name.lower()] = rules.pop(table, set())
            for each in rules:
                forget(rules, each, table, {"foreign key"})
        case ops.DropTableOp():
            rules.pop(table, None)
        case ops.DropColumnOp():
            forget(rules, table, operation.column_name)
            forget_words(rules, table)
        case ops.AlterColumnOp() if operation.modify_name is not None:
            for each in rules:
                forget(rules, each, operation.column_name)
        case ops.AlterColumnOp() if operation.modify_type is not None:  # and maybe its collation
            kinds = {*KINDS.values(), "index", "unique index"} - {"foreign key"}
            forget(rules, table, operation.column_name, kinds)
        case ops.DropConstraintOp():
            kind = KINDS.get(str(operation.constraint_type), "")
            keep(rules, table, lambda rule: kind not in {"", rule.kind})
            forget_words(rules, table)
        case ops.CreatePrimaryKeyOp():
            keep(rules, table, lambda rule: rule.kind != "primary")
        case ops.DropIndexOp():
            name = str(operation.index_name).lower()
            for each in rules:
                keep(rules, each, lambda rule: rule.name.lower() != name)


def keep(rules: Rules, table: str, is_kept: Callable[[Rule], bool]) -> None:
    """Let the other rules of a table change."""
    rules[table] = {rule for rule in rules.get(table, set()) if is_kept(rule)}


def forget(rules: Rules, table: str, name: str, kinds: set[str] | None = None) -> None:
    """Let rules change that mention a column or a table."""
    keep(
        rules,
        table,
        lambda rule: not rule.mentions(name) or (kinds is not None and rule.kind not in kinds),
    )


def forget_words(rules: Rules, table: str) -> None:
    """Let go what may belong to a column or a constraint that goes."""
    of_table = {"STRICT", "WITHOUT ROWID"}
    keep(rules, table, lambda rule: rule.kind != "table" or rule.words in of_table)


def hear(rules: Rules, statement: str) -> None:
    """Let SQL of the revision's own change the tables and the indexes that it names."""
    for table, present in list(rules.items()):
        if re.search(rf"\b{re.escape(table)}\b", statement, re.IGNORECASE):
            del rules[table]
        else:
            rules[table] = {
                rule
                for rule in present
                if not rule.name or not re.search(rf"\b{re.escape(rule.name)}\b", statement)
            }


def lost(before: Rules, after: Rules) -> Iterator[tuple[str, str]]:
    """Tell the rules that are gone: the table, and what it was."""
    for table in sorted(before.keys() & after.keys()):
        for rule in sorted(before[table] - after[table]):
            yield table, str(rule)
