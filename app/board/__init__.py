"""The message board: what users write, for everybody to read.

The room hangs on to the others; none of them knows it, but for a link in the header, and an include
in the page of a user.

- `models`: the tables; `messages`: what is done with a message, without a page
- `texts`: what it may say, and how that becomes HTML; `mentions`: `@name` in it; `excerpts`: its
  beginning, for feeds and for other sites
- `favourites`, `notifications`, `notification_mails`, `unread`: what the board does for its readers
- `reports`, `moderation`, `appeals`: what is said about a message, decided, and answered to that;
  `moderation_queue`: what waits for a decision; `moderation_letters`: who is told of it
- `terms`, `search_index`, `search`, `highlight`: finding messages
- `live`: what open pages ask for every few seconds; `feeds`: what feed readers do
- `personal_data`: what there is of somebody, to be copied or emptied
- `generate`, `sentences`: messages to try the board with
- `views`, `reader_pages`, `report_views`, `moderation_views`, `search_views`, `newest`: the pages;
  `pages`: what they share; `forms`, `moderation_forms`, `limits`
- `commands`: `flask board init`; `bulk_commands`: `flask board index` and `generate`
"""

from flask import Blueprint, Flask

from app import retention
from app.board import models, notification_mails  # noqa: F401
from app.board.commands import board_commands
from app.board.notifications import is_old

board = Blueprint("board", __name__, url_prefix="/board", template_folder="templates")


def init_app(app: Flask) -> None:
    """Add the pages and the commands."""
    app.cli.add_command(board_commands)
    app.register_blueprint(board)
    newest.init_app(app)
    retention.register_table(models.Notification, is_old)


from app.board import (  # noqa: E402  # they register themselves
    bulk_commands,  # noqa: F401
    feeds,  # noqa: F401
    moderation_views,  # noqa: F401
    newest,
    personal_data,  # noqa: F401
    reader_pages,  # noqa: F401
    report_views,  # noqa: F401
    search_views,  # noqa: F401
    views,  # noqa: F401
)
