"""Redirects that stay at home."""

from urllib.parse import urlsplit

from flask import redirect, request, url_for
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response


def back() -> Response:
    """Redirect to the page of Flasky's that the visitor comes from, or else to the first one."""
    try:
        page = urlsplit(request.referrer or "")
    except ValueError:
        page = urlsplit("")
    if page.netloc != request.host or not _can_be_opened(page.path):
        return redirect(url_for("main.index"), 303)
    return redirect(f"{page.path}?{page.query}" if page.query else page.path, 303)


def _can_be_opened(path: str) -> bool:
    """Return whether a path leads to a page here, if only to say that there is none."""
    if not path.startswith("/") or path.startswith(("//", "/\\")):  # another host, to browsers
        return False
    try:
        assert request_ctx.url_adapter  # noqa: S101  # there is one, or this request had failed
        request_ctx.url_adapter.match(path.removeprefix(request.script_root), method="GET")
    except MethodNotAllowed:
        return False
    except HTTPException:
        return True
    return True
