"""A browser as the benches need it: one connection that stays, and cookies."""

import ssl
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

ANY_CERTIFICATE = ssl._create_unverified_context()  # noqa: S323, SLF001  # it is the bench's own


class Answer(NamedTuple):
    """What a server says."""

    status: int
    headers: dict[str, str]
    text: str


class Client:
    """A browser with one connection, cookies, and headers that a proxy adds."""

    def __init__(self, address: str, added: dict[str, str] | None = None) -> None:
        parts = urlsplit(address)
        self.host, self.added = parts.netloc, added or {}
        self.connection = (
            HTTPSConnection(self.host, timeout=60, context=ANY_CERTIFICATE)
            if parts.scheme == "https"
            else HTTPConnection(self.host, timeout=60)
        )
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, str] | None = None, tag: str = "") -> Answer:
        """Get a page, or send a form."""
        if form is None:
            return self.send("GET", path, headers={"If-None-Match": tag} if tag else {})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, urlencode(form), headers)

    def send(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a request, on another connection if the server has closed this one."""
        headers = self.added | (headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            return self._exchange(method, path, body, headers)
        except OSError:
            if method != "GET":  # which may have been done
                raise
            return self._exchange(method, path, body, headers)

    def _exchange(self, method: str, path: str, body: str, headers: dict[str, str]) -> Answer:
        try:
            self.connection.request(method, path, body or None, headers)
            return self._read(self.connection.getresponse())
        except BaseException:
            self.connection.close()  # or the next request would find this one under way
            raise

    def _read(self, answer: HTTPResponse) -> Answer:
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        text = answer.read().decode()
        return Answer(answer.status, dict(answer.headers.items()), text)
