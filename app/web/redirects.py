"""Redirects that stay at home."""

import re
from urllib.parse import urlsplit

from flask import redirect, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

UNPRINTABLE = re.compile(r"[\0-\x20\x7f\\]")  # which browsers drop, or take for a slash


def redirect_back() -> Response:
    """Redirect to the page of Flasky's that the visitor comes from, or else to the first one."""
    return redirect(find_page_before() or f"{request.script_root}/", 303)


def find_page_before() -> str | None:
    """Return the page of Flasky's that the visitor comes from, if the browser tells."""
    try:
        page = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if page.netloc != request.host or not _can_be_opened(page.path):
        return None
    return f"{page.path}?{page.query}" if page.query else page.path


def get_safe_target(target: str | None) -> str | None:
    """Return an address that somebody wants to go to next if it is a page of Flasky's.

    What a browser would take for another site's, in any spelling, is none.
    """
    try:
        parts = urlsplit(target or "")
    except ValueError:
        return None
    if not target or parts.scheme or parts.netloc or UNPRINTABLE.search(target):
        return None
    if {".", ".."} & {*parts.path.split("/")} or not parts.path.startswith(request.script_root):
        return None
    return target if _can_be_opened(parts.path, even_if_missing=False) else None


def _can_be_opened(path: str, *, even_if_missing: bool = True) -> bool:
    """Return whether a path leads to a page here, or, if wanted, to the page that says 404."""
    if not path.startswith("/") or path.startswith(("//", "/\\")):  # another host, to browsers
        return False
    try:
        assert request_ctx.url_adapter  # noqa: S101  # there is one, or this request had failed
        request_ctx.url_adapter.match(path.removeprefix(request.script_root), method="GET")
    except MethodNotAllowed:
        return False
    except HTTPException:
        return even_if_missing
    return True
