"""What became of what was acknowledged: looked up in the database, the search, and the mails."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from app.board.terms import make_terms
from bench.acknowledged import Member, count_lost_greetings, read_visits
from bench.browsers import Client
from bench.mail_sink import Sink


def audit(url: str, address: str, sink: Sink, members: list[Member]) -> dict[str, int]:
    """Return what there is and what is lost, each under what the report calls it."""
    greeted: Counter[str] = sum((member.greeted for member in members), Counter())
    posted = [message for member in members for message in member.posted]
    with create_engine(url, poolclass=NullPool).connect() as connection:
        kept = Counter(connection.scalars(text("SELECT text FROM messages")))
        return {
            "greetings lost": count_lost_greetings(greeted, read_visits(connection)),
            "messages lost": sum(not kept[message] for message in posted),
            "messages twice": sum(times - 1 for times in kept.values()),
            "messages not found": count_not_found(address, posted, members[0].token),
            "mails lost": count_lost_mails(connection, sink, members),
            "half-written": count_half_written(connection) + count_broken(connection),
        }


def count_not_found(address: str, posted: Iterable[str], token: str) -> int:
    """Return how many of the messages the search does not find by the word that is theirs."""
    client = Client(address, {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"})
    words = (message.rpartition(" ")[2] for message in posted)
    return sum(word not in client.ask(f"/api/v1/search?q={word}").text for word in words)


def count_lost_mails(connection: Connection, sink: Sink, members: list[Member]) -> int:
    """Return how many of the mails did not come: to new people, to the owner of the site."""
    told = _names_told(connection, "AND outgoing_mail.sent_at IS NOT NULL")
    sent = connection.scalar(text("SELECT count(*) FROM outgoing_mail WHERE sent_at IS NOT NULL"))
    return (
        sum(to not in sink.recipients for member in members for to in member.signed_up)
        + sum(name not in told for member in members for name in member.learned)
        + max(0, (sent or 0) - len(sink.keys))
    )


def count_half_written(connection: Connection) -> int:
    """Return how many rows lack what is written in the same transaction, or came without it."""
    terms: dict[int, set[int]] = {}
    for message, term in connection.execute(text("SELECT message_id, term FROM search_terms")):
        terms.setdefault(message, set()).add(term)
    messages = {
        number: make_terms(written)
        for number, written in connection.execute(text("SELECT id, text FROM messages"))
    }
    people = text("SELECT username FROM users WHERE password_hash IS NULL")
    told = _names_told(connection)
    return (
        sum(terms.get(number) != expected for number, expected in messages.items())
        + len(terms.keys() - messages.keys())
        + len(set(connection.scalars(people)) ^ told)
    )


def count_broken(connection: Connection) -> int:
    """Return how much SQLite and MariaDB find wrong with their own files."""
    found: list[Any] = []
    match connection.dialect.name:
        case "sqlite":
            found = [*connection.execute(text("PRAGMA foreign_key_check"))]
            found += [
                row for row in connection.scalars(text("PRAGMA integrity_check")) if row != "ok"
            ]
        case "mysql" | "mariadb":
            tables = ", ".join(row[0] for row in connection.execute(text("SHOW TABLES")))
            checked = connection.execute(text(f"CHECK TABLE {tables}"))
            found = [row for row in checked if row[3] != "OK"]
    return len(found)


def _names_told(connection: Connection, condition: str = "") -> set[str]:
    """Return the new names of which notices tell, of those whose mails meet a condition."""
    sql = "SELECT notices.parameters FROM notices LEFT JOIN outgoing_mail"
    told = f"{sql} ON outgoing_mail.id = mail_id WHERE notices.topic = 'mail/new_user' {condition}"
    return {_username(row) for row in connection.scalars(text(told))}


def _username(parameters: str | dict[str, str]) -> str:
    """Return who it was; not each driver reads JSON."""
    read = json.loads(parameters) if isinstance(parameters, str) else parameters
    return str(read["username"])
