"""Operations as commands for curl."""

import shlex
from urllib.parse import urlencode

from app.api.operations import Operation


def make_curl(operation: Operation, base: str) -> str:
    """Return the command that does what an operation is for, with $TOKEN for the token."""
    method = "" if operation.method == "GET" else f"-X {operation.method} "
    parts = [f"curl {method}{shlex.quote(_make_address(operation, base))}"]
    if operation.needs_token:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    parts += [f"-H {shlex.quote(header)}" for header in _list_headers(operation)]
    if operation.body:
        parts.append(f"-d {shlex.quote(operation.body.example)}")
    return " \\\n  ".join(parts)


def _make_address(operation: Operation, base: str) -> str:
    query = urlencode(_list_examples(operation, "query"))
    path = operation.path.format(**_list_examples(operation, "path"))
    return f"{base}{path}?{query}" if query else f"{base}{path}"


def _list_headers(operation: Operation) -> list[str]:
    headers = _list_examples(operation, "header")
    if operation.body:
        headers["Content-Type"] = "application/json"
    return [f"{name}: {value}" for name, value in headers.items()]


def _list_examples(operation: Operation, place: str) -> dict[str, str]:
    """Return values for those parameters of an operation that have to be there."""
    return {
        each.name: each.example
        for each in operation.parameters
        if each.place == place and each.is_required
    }
