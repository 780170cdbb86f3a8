"""What programs look for at the same address on every site."""

from datetime import UTC, datetime, timedelta

from flask import Response, abort, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from app.main import main
from app.web.access import everybody_alike
from app.web.languages import language_tag
from app.web.public_urls import public_url_for
from config import LANGUAGES

# People's pages and searches say "noindex" themselves: an engine has to see them for that.
ROBOTS = """\
User-agent: *
Disallow: /admin/
Disallow: /auth/
"""
CONTACT_HOLDS_FOR = timedelta(days=180)  # RFC 9116 wants less than a year


@main.route("/robots.txt")
@everybody_alike
def robots() -> ResponseReturnValue:
    """Tell search engines where there is nothing for them (RFC 9309)."""
    return Response(ROBOTS, mimetype="text/plain")


@main.route("/.well-known/security.txt")
@everybody_alike
def security_txt() -> ResponseReturnValue:
    """Tell where to report a weakness (RFC 9116), if the operator has said so."""
    contact = current_app.config["SECURITY_CONTACT"] or abort(404)
    expires = datetime.now(UTC).replace(hour=0, minute=0, second=0) + CONTACT_HOLDS_FOR
    fields = {
        "Contact": contact,
        "Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages": ", ".join(map(language_tag, LANGUAGES)),
        "Canonical": public_url_for("main.security_txt"),
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return Response(text, mimetype="text/plain")


@main.route("/.well-known/change-password")
@everybody_alike
def change_password() -> ResponseReturnValue:
    """Lead password managers to where a password is changed (a W3C draft)."""
    return redirect(url_for("auth.change_password"), 303)
