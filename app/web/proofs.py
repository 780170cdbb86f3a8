"""Proofs: before an account is changed, or the site administered, somebody shows who they are.

A cookie alone says little: it may be a copy, or the browser somebody else's by now. A login is a
proof, and so is what `app.auth.proof` asks for on its page, which leads back here.
"""

from datetime import UTC, datetime
from typing import Any

from flask import abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.models import User
from app.web.content_negotiation import prefers_json
from app.web.redirects import find_page_before, get_safe_target

UNSENT = "unsent"  # in the session: a form that came too late, by the address of its page
LONGEST_FIELD = 254  # characters: the session is a cookie


def is_fresh(user: User) -> bool:
    """Return whether a user has proved of late, in this browser, who they are."""
    age = datetime.now(UTC) - user.proved_at if user.proved_at else None
    return age is not None and age < current_app.config["PROOF_LIFETIME"]


def ask_for_proof(fields_to_keep: tuple[str, ...] = ()) -> ResponseReturnValue:
    """Lead to the page that asks for a proof, and from there back to the page that was wanted.

    Of a form that comes too late nothing is done, and `fields_to_keep` wait for its page.
    """
    if prefers_json():
        abort(403)
    here = request.script_root + request.full_path.rstrip("?")
    if request.method not in {"GET", "HEAD"}:
        page = get_safe_target(here) or get_safe_target(find_page_before())
        here = page or url_for("main.index")
        fields = {name: request.form.get(name, "")[:LONGEST_FIELD] for name in fields_to_keep}
        session[UNSENT] = {"page": here, "fields": fields}
    return redirect(url_for(current_app.extensions["proof_view"], next=here), 303)


def is_unsent(page: str) -> bool:
    """Return whether a form of that page came too late, and waits for it."""
    kept: Any = session.get(UNSENT)
    return isinstance(kept, dict) and kept.keys() == {"page", "fields"} and kept["page"] == page


def forget_unsent() -> None:
    """Forget the form that came too late, as its visitor goes on to another page."""
    session.pop(UNSENT, None)


def take_unsent_fields() -> dict[str, str]:
    """Return what was typed into the form of this page when it came too late. Forget it."""
    if UNSENT not in session or not is_unsent(request.script_root + request.full_path.rstrip("?")):
        return {}
    fields: dict[str, str] = session.pop(UNSENT)["fields"]
    return fields
