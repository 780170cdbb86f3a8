"""A browser with a device that keeps passkeys, and the pages about them."""

import secrets
from collections.abc import Callable

from playwright.sync_api import CDPSession, Page

from app import db
from app.models.lookup import find_by_name
from app.passkeys.models import Passkey
from tests.auth.people import PASSWORD, let_proof_run_out
from tests.browser import accounts

BUTTON = ".passkey button"
DEVICE = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """Chromium's virtual authenticator, on one page."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        made = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self.name = {"authenticatorId": made["authenticatorId"]}

    def lose(self) -> None:
        """Let there be no such device any more."""
        self.session.send("WebAuthn.removeVirtualAuthenticator", self.name)

    def set_verified(self, *, is_verified: bool) -> None:
        """Let the device know whoever holds it, or not."""
        options = {**self.name, "isUserVerified": is_verified}
        self.session.send("WebAuthn.setUserVerified", options)

    def count(self) -> int:
        """Return how many passkeys it keeps."""
        return len(self.session.send("WebAuthn.getCredentials", self.name)["credentials"])


def public_address(address: str) -> str:
    """Return the address at which passkeys work: a name, and no number."""
    return address.replace("127.0.0.1", "localhost")


def offer_nothing(page: Page) -> None:
    """Let the browser show no passkeys below the field for the name: the device would take one."""
    page.add_init_script(
        "if (window.PublicKeyCredential) "
        "PublicKeyCredential.isConditionalMediationAvailable = async () => false;"
    )


def add_passkey(page: Page, name: str) -> None:
    """Add a passkey in the settings of whoever is logged in."""
    page.goto("/auth/settings/passkeys/new")
    page.locator("#name").fill(name)
    accounts.press(page)


def new_owner(page: Page) -> str:
    """Make an account with a passkey of a device that is not here, log in, and return its name."""
    name = accounts.new_account(page)
    with accounts.database():
        owner = find_by_name(name)
        assert owner
        db.session.add(
            Passkey(
                user_id=owner.id,
                user_handle=b"susan",
                credential_id=secrets.token_bytes(16),
                public_key=b"",
                sign_count=0,
                is_backed_up=True,
                name="Chrome on Windows",
            )
        )
        db.session.commit()
    return name


def open_at_public_address(page: Page, path: str) -> None:
    """Open a page where it offers passkeys."""
    page.goto("/")
    page.goto(public_address(page.url).rstrip("/") + path)


def _offered(page: Page) -> None:
    accounts.come_from_elsewhere(page)
    open_at_public_address(page, "/auth/login")


def _instead_of_code(page: Page) -> None:
    name = new_owner(page)
    open_at_public_address(page, "/auth/login")
    page.locator("#login").fill(name)
    page.locator("#password").fill(PASSWORD)
    accounts.press(page)


def _listed(page: Page) -> None:
    new_owner(page)
    page.goto("/auth/settings/passkeys")


def _none(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/auth/settings/passkeys")


def _refused(page: Page) -> None:
    accounts.new_account(page)
    add_passkey(page, "x" * 65)


def _factor(page: Page) -> None:
    new_owner(page)
    page.goto("/auth/settings/second-factor")


def _proof(page: Page) -> None:
    new_owner(page)
    with accounts.database() as app:
        let_proof_run_out(app)
    page.goto("/auth/settings/passkeys/new")


STATES: dict[str, Callable[[Page], None]] = {
    "passkey-offered": _offered,
    "passkey-instead-of-code": _instead_of_code,
    "passkeys": _listed,
    "no-passkeys": _none,
    "passkey-refused": _refused,
    "passkeys-alone": _factor,
    "passkey-as-proof": _proof,
}
