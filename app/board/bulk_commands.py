"""`flask board index` and `flask board generate`: what takes a while, and can be interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from sqlalchemy import func, select

from app.board import search_index
from app.board.commands import board_commands
from app.board.generate import count_messages, generate
from app.board.models import Message
from app.commands import (
    confirm,
    echo_json,
    examples,
    json_option,
    show_progress,
    yes_option,
)
from app.extensions import db

MOST_GENERATED = 10_000_000


@board_commands.command(epilog=examples("flask board index", "flask board index --all"))
@click.option("--all", "is_anew", is_flag=True, help="Forget all words first, and start anew.")
@yes_option
@json_option
def index(*, is_anew: bool, is_sure: bool, as_json: bool) -> None:
    """Let the search find all messages.

    It is for sites that had messages before they had a search. Messages that can be found already
    are left as they are. It can be stopped, and run again. Before --all, it asks at a terminal.
    """
    if is_anew:
        question = "Forget all words? Until it is done, the search finds only what is added again."
        confirm(question, is_sure=is_sure)
    with explain_interruption("flask board index"):
        if is_anew:
            search_index.clear()
        added = fill_index()
    if as_json:
        echo_json({"added": added, "messages": count_shown()})
    else:
        click.echo(f"Added to the search: {added}. All {count_shown()} messages can be found.")


@board_commands.command("generate", epilog=examples("flask board generate --messages 1000"))
@click.option(
    "--messages",
    "total",
    required=True,
    metavar="NUMBER",
    type=click.IntRange(1, MOST_GENERATED),
    help="How many messages the board has then.",
)
@click.option("--in-production", is_flag=True, help="Do it on a site that is in use.")
@json_option
def generate_messages(total: int, *, in_production: bool, as_json: bool) -> None:
    """Fill the board with messages to try it with.

    They are by "reader 1" and others, who have no account. It can be stopped, and run again.
    """
    if current_app.config["CONFIGURATION"] == "production" and not in_production:
        raise click.ClickException(
            "This is the production configuration, and generated messages cannot be told from "
            "others. If that is what you want, add --in-production."
        )
    with explain_interruption(f"flask board generate --messages {total}"):
        missing = max(0, total - count_messages())
        with show_progress("Writing", missing) as report:
            written = generate(total, report)
        fill_index()
    if as_json:
        echo_json({"written": written, "messages": count_messages()})
    else:
        click.echo(f"Written: {written}. The board has {count_messages()} messages.")


def fill_index() -> int:
    """Add to the search what is not there yet, and show how far it is. Return how many."""
    with show_progress("Indexing", count_messages()) as report:
        return search_index.fill(report)


def count_shown() -> int:
    """Return how many messages are not deleted."""
    shown = select(func.count()).select_from(Message).where(Message.deleted_at.is_(None))
    return db.session.scalar(shown) or 0


@contextmanager
def explain_interruption(command: str) -> Iterator[None]:
    """Let Ctrl+C end a command with one line that says how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        db.session.rollback()
        raise click.ClickException(f"Stopped. To go on, run `{command}` again.") from None
