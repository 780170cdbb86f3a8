"""The client that the tests visit Flasky with."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.pages import check_page, form_token


class CheckingClient(FlaskClient):
    """Checks every page that it fetches, and knows how to say a name."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Fetch an address. Fail if what comes is a page that `check_page` does not accept.

        It is the same page on each database, and looked at on one.
        """
        response = super().open(*args, **kwargs)
        is_page = response.mimetype == "text/html" and response.status_code not in {303, 308}
        if is_page and self.application.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
            check_page(response.text)
        return response

    def say(self, name: str | bytes, *, follow_redirects: bool = True) -> TestResponse:
        """Open the first page, type a name, and press the button."""
        token = form_token(self.get("/").text)
        data = {"csrf_token": token, "name": name}
        return self.post("/", data=data, follow_redirects=follow_redirects)
