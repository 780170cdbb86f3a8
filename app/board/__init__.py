"""The message board: what users write, for everybody to read.

The room hangs on to the others; none of them knows it, but for a link in the header, and an include
in the page of a user.

- `models`: the table; `messages`: what is done with one, without a page
- `texts`: what a message may say, and how that becomes HTML
- `views`, `moderation`: the pages; `pages`: what they share; `forms`, `limits`
- `commands`: `flask board init`
"""

from flask import Blueprint, Flask

from app.board import models  # noqa: F401
from app.board.commands import board_commands

board = Blueprint("board", __name__, url_prefix="/board", template_folder="templates")


def init_app(app: Flask) -> None:
    """Add the pages and the commands."""
    app.cli.add_command(board_commands)
    app.register_blueprint(board)


from app.board import moderation, views  # noqa: E402, F401  # they register themselves
