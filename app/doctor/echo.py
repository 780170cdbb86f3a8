"""A page that tells `flask doctor` what the site saw of a request, and is not there for others.

The command signs a token with SECRET_KEY and sends it in a header, which stands in no log. It is
good for a minute, and for nothing else: whoever got hold of one would learn how the site sees their
own request. Nothing that could be secret comes back: no header, no cookie. The answer is signed as
well, with what the token said, so that no other server can give it.
"""

import os

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData

from app.accounts.signing import make_serializer
from app.client import client_address
from app.doctor import doctor
from app.web.access import everybody_alike

PATH = "/doctor/echo"
HEADER = "Flasky-Doctor"
LONGEST_TOKEN = 200  # characters
SECONDS = 60
QUESTION, ANSWER = "doctor question", "doctor answer"  # salts


@doctor.route(PATH)
@everybody_alike
def echo() -> ResponseReturnValue:
    """Answer 404 to everybody who has no token."""
    token = request.headers.get(HEADER, "")
    try:
        nonce = make_serializer(QUESTION).loads(token[: LONGEST_TOKEN + 1], max_age=SECONDS)
    except BadData:
        abort(404)
    name = current_app.config["PROXY_HEADER"].upper().replace("-", "_")
    seen = {
        "nonce": nonce,
        "scheme": request.scheme,
        "host": request.host,
        "address": client_address(),
        "proxies": len(list(filter(str.strip, request.environ.get(f"HTTP_{name}", "").split(",")))),
        "process": os.getpid(),
    }
    response = Response(make_serializer(ANSWER).dumps(seen), mimetype="text/plain")
    response.cache_control.no_store = True
    return response
