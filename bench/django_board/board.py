"""The first page of the board, as Django writes it: what `bench/board.py` compares Flasky with.

Started with the file of an SQLite database that Flasky has filled, it reads a line for each time
that it is to answer some requests, and writes the microseconds that one took. It has what
`django-admin startproject` sets up, with translations, and the markup of Flasky's page.
"""

import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import RequestFactory
from django.urls import path

ROWS_ON_A_PAGE = 25
ROUNDS_PER_CHUNK = 20


settings.configure(
    SECRET_KEY="a key",  # noqa: S106
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [Path(__file__).with_name("templates")],
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
            },
        }
    ],
)
django.setup()


class Author(models.Model):  # noqa: DJ008
    """A user of Flasky, as far as the page needs one."""

    username = models.CharField(max_length=64)
    disabled_at = models.DateTimeField(null=True)

    class Meta:  # noqa: D106
        app_label, managed, db_table = "board", False, "users"


class Message(models.Model):  # noqa: DJ008
    """A message of Flasky."""

    author = models.ForeignKey(Author, null=True, on_delete=models.SET_NULL)
    text = models.TextField()
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    reply_to_id = models.IntegerField(null=True)

    class Meta:  # noqa: D106
        app_label, managed, db_table = "board", False, "messages"


def index(request: HttpRequest) -> HttpResponse:
    """List the newest messages that may be seen, with their authors."""
    shown = Message.objects.filter(
        deleted_at=None, hidden_at=None, author__disabled_at=None
    ).select_related("author")
    rows = list(shown.order_by("-id")[: ROWS_ON_A_PAGE + 1])[:ROWS_ON_A_PAGE]
    return render(request, "index.html", {"rows": rows, "last": rows[-1].id})


urlpatterns = [path("board/", index, name="index")]


def main() -> None:
    """Answer some requests for each line that is read."""
    handler, factory = WSGIHandler(), RequestFactory()

    def answer() -> bytes:
        body = handler(factory.get("/board/").environ, lambda _status, _headers: None)
        try:
            return b"".join(body)
        finally:
            body.close()

    assert answer().count(b'class="message"') == ROWS_ON_A_PAGE  # noqa: S101
    for _line in sys.stdin:
        start = time.perf_counter()
        for _ in range(ROUNDS_PER_CHUNK):
            answer()
        print((time.perf_counter() - start) / ROUNDS_PER_CHUNK * 1e6, flush=True)


if __name__ == "__main__":
    main()
