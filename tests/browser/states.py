"""Every page, in every state that it can be in, as a visitor comes to it."""

from collections.abc import Callable

from playwright.sync_api import Page

from app import db
from app.models import passwords
from app.models.lookup import find_by_name
from tests.browser import accounts, api, board, passkeys, two_factor


def say(page: Page, name: str) -> None:
    """Type a name into the form, and press the button."""
    page.locator("#name").fill(name)
    accounts.press(page)


def _stranger(page: Page) -> None:
    page.goto("/")


def _met(page: Page) -> None:
    page.goto("/")
    say(page, f"susan{next(accounts.numbers)}")


def _known(page: Page) -> None:
    page.goto("/")
    say(page, "john")
    say(page, "John")


def _renamed(page: Page) -> None:
    page.goto("/")
    say(page, "john")
    say(page, "محمد")


def _refused(page: Page) -> None:
    page.goto("/")
    say(page, "x" * 65)


def _expired(page: Page) -> None:
    page.goto("/")
    page.context.clear_cookies(name="session")
    say(page, "john")


def _user(page: Page) -> None:
    _known(page)
    page.goto("/user/john")


def _not_found(page: Page) -> None:
    page.goto("/nowhere")


def _mailbox(page: Page) -> None:
    page.goto("/")
    say(page, f"susan{next(accounts.numbers)}")
    page.goto("/dev/mailbox/")
    while page.locator(".list time").count() == 0:
        page.wait_for_timeout(100)
        page.reload()


def _mail(page: Page) -> None:
    _mailbox(page)
    accounts.press(page, page.locator(".list tbody a").first)


def _design(page: Page) -> None:
    page.goto("/dev/design/")


def _register(page: Page) -> None:
    accounts.come_from_elsewhere(page)
    page.goto("/auth/register")
    page.locator("#name").fill("susan")
    page.locator("#email").fill("susan@localhost")
    accounts.press(page)


def _link(page: Page) -> None:
    accounts.come_from_elsewhere(page)
    accounts.register(page, f"susan{next(accounts.numbers)}")
    accounts.open_link(page, "mail/register")


def _dead_link(page: Page) -> None:
    page.goto("/auth/reset/nothing")


def _open_again(page: Page) -> None:
    page.goto("/auth/reset/link/nothing")


def _login(page: Page) -> None:
    accounts.come_from_elsewhere(page)
    accounts.log_in(page, f"susan{next(accounts.numbers)}")


def _empty_login(page: Page) -> None:
    page.goto("/auth/login")
    page.evaluate("document.querySelector('#submit').form.noValidate = true")
    accounts.press(page)


def _too_many_tries(page: Page) -> None:
    accounts.come_from_elsewhere(page)
    for _ in range(6):
        accounts.log_in(page, "nobody")


def _breached_password(page: Page) -> None:
    name = accounts.new_account(page)
    with accounts.database():
        user = find_by_name(name)
        assert user
        user.breached_state = passwords.state_of(user.password_hash)
        db.session.commit()
    page.goto("/auth/settings")


def _mail_sent(page: Page) -> None:
    accounts.come_from_elsewhere(page)
    accounts.register(page, f"susan{next(accounts.numbers)}")


def _settings(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/auth/settings")


def _saved(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/auth/settings/profile")
    accounts.press(page)


def _language_and_time(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/auth/settings/language")


def _delete(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/auth/settings/delete")


def _delete_wrong(page: Page) -> None:
    _delete(page)
    page.locator("#name").fill("somebody else")
    accounts.press(page)


def _download(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/auth/settings/data")


def _activity(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/auth/settings/activity")


def _email_waiting(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/auth/settings/email")
    page.locator("#email").fill("another@example.com")
    accounts.press(page)
    page.goto("/auth/settings")


def _not_me(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/auth/settings/activity")
    accounts.press(page, page.locator("main .btn"))


def _prove(page: Page) -> None:
    accounts.administrate(page)
    accounts.let_proof_run_out()
    page.goto("/admin/users")


def _prove_again(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/auth/settings/email")
    page.locator("#email").fill("susan@flower.example")
    accounts.let_proof_run_out()
    accounts.press(page)
    accounts.prove(page, "wrong")


def _unsent(page: Page) -> None:
    _prove_again(page)
    accounts.prove(page)


def _overview(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/admin/")


def _users(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/admin/users?state=account")


def _no_users(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/admin/users?q=nobody&state=disabled")


def _user_administered(page: Page) -> None:
    _users(page)
    accounts.press(page, page.locator(".list tbody a").first)


def _confirm(page: Page) -> None:
    _user_administered(page)
    accounts.press(page, page.locator(".danger-zone a").last)


def _mails(page: Page) -> None:
    _mailbox(page)
    accounts.administrate(page)
    page.goto("/admin/mails?state=sent")


def _log(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/admin/log")


STATES: dict[str, Callable[[Page], None]] = {
    "stranger": _stranger,
    "met": _met,
    "known": _known,
    "renamed": _renamed,
    "refused": _refused,
    "expired": _expired,
    "user": _user,
    "not-found": _not_found,
    "mailbox": _mailbox,
    "mail": _mail,
    "design": _design,
    "register": _register,
    "link": _link,
    "dead-link": _dead_link,
    "open-link-again": _open_again,
    "login": _login,
    "empty-login": _empty_login,
    "too-many-tries": _too_many_tries,
    "breached-password": _breached_password,
    "prove": _prove,
    "prove-again": _prove_again,
    "unsent": _unsent,
    "mail-sent": _mail_sent,
    "settings": _settings,
    "saved": _saved,
    "language-and-time": _language_and_time,
    "delete": _delete,
    "delete-wrong": _delete_wrong,
    "download": _download,
    "activity": _activity,
    "email-waiting": _email_waiting,
    "not-me": _not_me,
    "overview": _overview,
    "users": _users,
    "no-users": _no_users,
    "user-administered": _user_administered,
    "confirm": _confirm,
    "mails": _mails,
    "log": _log,
    **api.STATES,
    **board.STATES,
    **passkeys.STATES,
    **two_factor.STATES,
}
