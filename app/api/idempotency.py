"""Requests that are done once, however often they come (draft-ietf-httpapi-idempotency-key-header).

A client that has no answer, because a wire broke, sends the request again with the same key. What
came of it is kept in the transaction that does it: so either both happened, or neither.
"""

import hashlib
from collections.abc import Callable

from flask import Response, g, request
from sqlalchemy import select
from werkzeug.exceptions import TooManyRequests

from app.accounts import administration
from app.api import api
from app.api.models import LONGEST_RESULT, IdempotentRequest, digest
from app.api.parser import InvalidRequestError
from app.client import client_network
from app.extensions import db
from app.web.languages import gettext
from app.web.limits import Allowance
from app.web.visitors import find_current_user

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
# Of those who show no token: each key is a row for a day.
STRANGERS_KEYS = Allowance("idempotency keys", "120 per minute; 600 per day", of_networks=True)
Remember = Callable[[str], None]


class AlreadyDoneError(Exception):
    """Another request with this key was faster; this transaction must not commit."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


def run_once(work: Callable[[Remember], str]) -> str:
    """Return what came of a request: now, or the first time that it came with its key.

    `work` does it in a transaction, in which it calls what it is given, with the result, right
    before it commits. Without a key it is done each time.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return work(lambda _result: None)
    key_hash, request_hash = _hash_key(key), _hash_request()
    user = find_current_user()

    def remember(result: str) -> None:
        assert len(result) <= LONGEST_RESULT  # noqa: S101
        _raise_if_done(key_hash, request_hash)
        if user is None and not STRANGERS_KEYS.allows():
            raise TooManyRequests(retry_after=STRANGERS_KEYS.seconds_left())
        db.session.add(
            IdempotentRequest(key_hash=key_hash, request_hash=request_hash, result=result)
        )
        db.session.flush()

    try:
        _raise_if_done(key_hash, request_hash)
        if user is not None:  # of many at once, the others wait here, and find that it is done
            administration.lock(user)
            _raise_if_done(key_hash, request_hash)
        return work(remember)
    except AlreadyDoneError as done:
        db.session.rollback()
        g.is_replayed = True
        return done.result


@api.after_request
def tell_replay(response: Response) -> Response:
    """Say that nothing was done now, because it was done before."""
    if g.get("is_replayed"):
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _raise_if_done(key_hash: str, request_hash: str) -> None:
    known = db.session.scalar(select(IdempotentRequest).filter_by(key_hash=key_hash))
    if known is None:
        return
    if known.request_hash != request_hash:
        raise InvalidRequestError(
            [
                {
                    "header": HEADER,
                    "detail": gettext("This key came with another request before. Use a new one."),
                }
            ]
        )
    raise AlreadyDoneError(known.result)


def _hash_key(key: str) -> str:
    """Return what a key is known by: somebody else's is another one."""
    if not (1 <= len(key) <= LONGEST_KEY and key.isprintable()):
        detail = gettext("Please send a key of 1 to %(number)s characters.", number=LONGEST_KEY)
        raise InvalidRequestError([{"header": HEADER, "detail": detail}])
    user = find_current_user()
    return digest(f"{user.id if user else client_network()} {key}")


def _hash_request() -> str:
    parts = (request.method.encode(), request.path.encode(), request.get_data())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
