"""Tokens in the settings: making one after a proof, seeing it once, revoking it."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.accounts.limits import limit_changes
from app.api import tokens
from app.api.models import ApiToken, Scope
from app.api.token_forms import NEVER, TokenForm, TokenSavedForm
from app.api.tokens import TokenError
from app.auth.pages import show_form
from app.extensions import db
from app.web import shown_once
from app.web.access import login_required, proof_required
from app.web.confirmation import ask_to_confirm
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext, translate_error
from app.web.tones import Tone
from app.web.visitors import get_current_user

TOKEN = "api_token"  # noqa: S105  # the name of what is shown once

tokens_pages = Blueprint("api_tokens", __name__, url_prefix="/auth/settings/tokens")
tokens_pages.add_app_template_global(tokens.find_by_user, "api_tokens_of")


@tokens_pages.route("")
@login_required
def index() -> ResponseReturnValue:
    """List one's tokens."""
    mine = tokens.find_by_user(get_current_user())
    return render_template("api/tokens.html", tokens=mine, is_valid=tokens.is_valid)


@tokens_pages.route("/new", methods=["GET", "POST"])
@proof_required(keep=["name", "scopes", "days"])
@login_required
@csrf_checked_by_form
def new() -> ResponseReturnValue:
    """Make a token."""
    form, user = TokenForm(), get_current_user()
    if form.validate_on_submit():
        limit_changes(user)
        try:
            _, secret = tokens.create(user, form.name.data or "", read_scopes(form), read_end(form))
        except TokenError as error:
            form.name.errors = [translate_error(error)]
        else:
            shown_once.keep(TOKEN, secret)
            return redirect(url_for(".created"), 303)
    return show_form(
        form,
        gettext("New API token"),
        way_back=url_for(".index"),
        way_back_text=gettext("API tokens"),
    )


def read_scopes(form: TokenForm) -> list[Scope]:
    """Return what a form lets a token do."""
    return [Scope(scope) for scope in form.scopes.data.split()]


def read_end(form: TokenForm) -> datetime | None:
    """Return when a form lets a token end, or None for never."""
    days = form.days.data
    return None if days == NEVER else datetime.now(UTC) + timedelta(days=int(days))


@tokens_pages.route("/created", methods=["GET", "POST"])
@login_required
@csrf_checked_by_form
def created() -> ResponseReturnValue:
    """Show a new token until its owner has it: of what is kept it cannot be read."""
    secret, form = shown_once.read(TOKEN), TokenSavedForm()
    if secret is None:
        return redirect(url_for(".index"), 303)
    if form.validate_on_submit():
        shown_once.forget(TOKEN)
        return redirect(url_for(".index"), 303)
    return show_form(form, gettext("Your new API token"), "api/token.html", secret=secret)


@tokens_pages.route("/<id:token_id>/revoke", methods=["GET", "POST"])
@login_required
def revoke(token_id: int) -> ResponseReturnValue:
    """Let a token open nothing any more, after asking."""
    mine = select(ApiToken).filter_by(id=token_id, user_id=get_current_user().id)
    found = db.first_or_404(mine)
    if request.method == "GET":
        return ask_to_confirm(
            gettext("Revoke “%(name)s”", name=found.name),
            gettext("Programs that use this token will stop working."),
            url_for(".index"),
        )
    tokens.revoke(found)
    flash(gettext("The token no longer works."), Tone.SUCCESS)
    return redirect(url_for(".index"), 303)
