"""The page to search the board with."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.board import board, search
from app.board.highlight import highlight
from app.board.limits import limit_searches
from app.board.models import Message
from app.board.pages import paginate_messages
from app.board.search import LONGEST_QUERY, InvalidQueryError, Query
from app.models.texts import make_writable
from app.web.access import everybody
from app.web.languages import translate_error
from app.web.paging import make_url, read_cursor
from app.web.visitors import find_current_user

board.add_app_template_filter(highlight)


@board.route("/search", endpoint="search")
@everybody
def search_messages() -> ResponseReturnValue:
    """List the messages that have all words of `?q=`, and people of that name."""
    typed = request.args.get("q", "")
    try:
        query = search.parse_query(typed)
    except InvalidQueryError as error:
        shown = make_writable(typed[:LONGEST_QUERY])
        return render_template("board/search.html", text=shown, error=translate_error(error)), 422
    if not query.words:
        return render_template("board/search.html", text="")
    limit_searches()
    return show_results(query)


def show_results(query: Query) -> ResponseReturnValue:
    """Answer with a page of what is found, or lead from one that there is not to the first."""
    after, before = (read_cursor(name, Message.id) for name in ("after", "before"))
    found = search.find(query, find_current_user(), after=after, before=before)
    page = paginate_messages(found.messages)
    is_first = after is None and before is None
    if not (page.rows or found.stopped_at or is_first):
        return redirect(url_for(".search", q=query.text))
    direction = "before" if after is None and before is not None else "after"
    return render_template(
        "board/search.html",
        text=query.text,
        words=query.words,
        people=search.find_people(query) if is_first else [],
        page=page,
        further=make_url(**{direction: found.stopped_at}) if found.stopped_at else None,
    )
