"""What Schemathesis looks at besides its own checks; see tests/api/test_schemathesis.py."""

import re
from typing import Any

from schemathesis import Case, CheckContext, Response, check

# Why what has the right shape is still refused: what no schema can say.
REASONS = re.compile(
    "Please send “after” or “before”, not both."
    "|This key came with another request before. Use a new one."
    "|Please send a key of 1 to 255 characters."  # all of which can be printed
    "|Please write something."  # a text of what cannot be seen
    "|This is too long. A message has at most 4000 characters."  # as people count
    "|This has characters that are not allowed."  # NUL
    "|Please search for .*"  # signs, which nobody finds, or many words
    "|A name .*|Names can have .*"  # of signs that names cannot have, or too long ones
    "|Please enter your name."
)


@check
def told_why(
    _context: CheckContext,
    response: Response,
    case: Case[Any],
) -> None:
    """Fail if what the description allows is refused for another reason than it cannot tell."""
    meta = case.meta
    if response.status_code == 422 and meta and meta.generation.mode.is_positive:
        for error in response.json()["errors"]:
            assert REASONS.fullmatch(error["detail"]), f"refused: {error['detail']}"


@check
def keeps_to_rules(
    _context: CheckContext,
    response: Response,
    _case: Case[Any],
) -> None:
    """Fail unless an answer depends on no cookie, and is JSON or a problem."""
    assert "set-cookie" not in response.headers
    assert "Cookie" not in str(response.headers.get("vary"))
    if response.status_code >= 400:
        assert response.headers["content-type"] == ["application/problem+json"]
        # What is nowhere is not counted.
        assert response.status_code in {404, 405} or "ratelimit" in response.headers
