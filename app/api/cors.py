"""Pages of other sites that may use the API: those that API_CORS_ORIGINS names, by default none."""

from flask import Flask
from flask_cors import CORS

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
REQUEST_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"]
RESPONSE_HEADERS = [
    "ETag", "Idempotent-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy",
    "Retry-After",
]  # fmt: skip
SECONDS_REMEMBERED = 600


def init_app(app: Flask) -> None:
    """Let browsers give the API's answers to those pages. They send no cookies along."""
    if origins := app.config["API_CORS_ORIGINS"]:
        rules = {
            "origins": list(origins),
            "methods": METHODS,
            "allow_headers": REQUEST_HEADERS,
            "expose_headers": RESPONSE_HEADERS,
            "max_age": SECONDS_REMEMBERED,
            "always_send": False,  # to what is no page
        }
        CORS(app, resources={r"/api/.*": rules})
