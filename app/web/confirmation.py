"""Asking before something is done that cannot be undone, or hurts somebody."""

from flask import render_template
from flask.typing import ResponseReturnValue


def ask_to_confirm(title: str, explanation: str, way_back: str) -> ResponseReturnValue:
    """Answer a GET with a page whose button sends a POST to the same address.

    `way_back` is the address of the page where it can be left undone.
    """
    return render_template("confirm.html", title=title, explanation=explanation, way_back=way_back)
