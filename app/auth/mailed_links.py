"""The pages that mailed links open: the token leaves the address before anything is shown.

It goes into the session, and the browser to an address without it (as in Django): no history, no
`Referer` and no further line of a log holds what opens an account.
"""

import hashlib
from collections.abc import Callable
from functools import wraps

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts.links import LinkError

View = Callable[[str], ResponseReturnValue]

LINKS = "links"  # in the session: the tokens of links that this browser has opened, newest last
MOST_CHARACTERS = 1500  # of all tokens, as a cookie has to hold them; one has about 200


def opened_by_link(way_on: str, text: str) -> Callable[[View], Callable[..., ResponseReturnValue]]:
    """Let a mailed link open a page, whose view is called with the link's token.

    The view has two routes: one ends in `<token>`, for GET alone, and is the link's address; the
    other ends in `<key>`, and is the page's. When the view raises LinkError, the answer leads to
    the endpoint `way_on`, where another link is asked for, by a button with that text.
    """

    def decorate(view: View) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def open_page(token: str | None = None, key: str = "") -> ResponseReturnValue:
            token_of_page = token or find_token(key)
            if token_of_page is None:
                return render_template("auth/open_again.html"), 400
            try:
                answer = view(token_of_page)
            except LinkError:
                return show_dead_link(way_on, text)
            return redirect_to_page(token) if token else answer

        return open_page

    return decorate


def redirect_to_page(token: str) -> ResponseReturnValue:
    """Keep the token of a link in the session, and lead to the page that it opens."""
    opened = [other for other in session.get(LINKS, []) if other != token]
    while opened and sum(map(len, opened)) + len(token) > MOST_CHARACTERS:
        opened.pop(0)
    session[LINKS] = [*opened, token]
    return redirect(url_for(request.endpoint or "", key=make_key(token)), 303)


def find_token(key: str) -> str | None:
    """Return the token of a link that this browser has opened, or None."""
    return next((token for token in session.get(LINKS, []) if make_key(token) == key), None)


def make_key(token: str) -> str:
    """Return what the address of a page has of its link: it opens nothing without the session.

    Each link has its own, so that no tab shows one account and changes another.
    """
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def show_dead_link(way_on: str, text: str) -> ResponseReturnValue:
    """Tell that a link has been used, is too old, or was never one, and lead to a new one."""
    return render_template("auth/dead_link.html", way_on=url_for(way_on), text=text), 410
