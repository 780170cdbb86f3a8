"""The address that open pages ask what is new: the same answer for everybody, mostly 304."""

import json
from functools import partial

from flask import Flask, Response, abort, current_app, render_template, request

from app.board import board, live
from app.board.pages import find_names
from app.web.access import everybody_alike
from app.web.converters import parse_id
from app.web.languages import in_language
from app.web.paging import Page
from config import LANGUAGES

MEMORY = "board_memory"  # the extension's name

board.add_app_template_filter(live.version_of, "version_of_message")


def init_app(app: Flask) -> None:
    """Let the application remember what open pages ask for."""
    app.extensions[MEMORY] = live.Memory(live.read_state)


@board.route("/newest")
@everybody_alike
def newest() -> Response:
    """Tell what is there, with messages after `?after=ID`, in the language that `lang` names.

    The tag is of what is there, and so the same for each `after`. It is a weak one: an author may
    have got another name.
    """
    after, language, may_reply = _read_after(), _read_language(), "reply" in request.args
    memory: live.Memory = current_app.extensions[MEMORY]
    state = memory.get_state()
    tag = f'W/"{state.digest}-{language}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == tag:
        return Response(status=304, headers=headers)
    key = (after, language, may_reply, request.script_root)
    answer = state.get_answer(
        key, partial(_make_answer, state.versions, after, language, may_reply)
    )
    return Response(answer, mimetype="application/json", headers=headers)


def _read_after() -> int:
    after = parse_id(request.args.get("after", "0"))
    return abort(400) if after is None else after


def _read_language() -> str:
    language: str = request.args.get("lang", current_app.config["BABEL_DEFAULT_LOCALE"])
    return language if language in LANGUAGES else abort(400)


def _make_answer(versions: live.Versions, after: int, language: str, may_reply: bool) -> str:  # noqa: FBT001
    found = live.find_messages_after(after)
    find_names(message.text for message in found)
    page = Page(found, len(found), None, None)
    with in_language(language):
        html = render_template("board/newest.html", page=page, may_reply=may_reply)
    return json.dumps({"messages": versions, "html": html}, separators=(",", ":"))
