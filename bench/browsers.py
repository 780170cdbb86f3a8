"""A browser as the benches need it: one connection that stays, and cookies."""

from http.client import HTTPConnection, HTTPResponse
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit


class Answer(NamedTuple):
    """What a server says."""

    status: int
    headers: dict[str, str]
    text: str


class Client:
    """A browser with one connection, cookies, and headers that a proxy adds."""

    def __init__(self, address: str, added: dict[str, str] | None = None) -> None:
        self.host, self.added = urlsplit(address).netloc, added or {}
        self.connection = HTTPConnection(self.host, timeout=60)
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, str] | None = None, tag: str = "") -> Answer:
        """Send a request, on another connection if the server has closed this one."""
        body = urlencode(form) if form else None
        headers = self.added | ({"If-None-Match": tag} if tag else {})
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request("POST" if form else "GET", path, body, headers)
            answer = self.connection.getresponse()
        except OSError:
            if form:  # which may have been done
                raise
            self.connection.close()
            self.connection.request("GET", path, body, headers)
            answer = self.connection.getresponse()
        return self._read(answer)

    def _read(self, answer: HTTPResponse) -> Answer:
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        text = answer.read().decode()
        return Answer(answer.status, dict(answer.headers.items()), text)
