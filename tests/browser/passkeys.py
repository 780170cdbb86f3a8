"""A browser with a device that keeps passkeys, and the pages about them."""

from playwright.sync_api import CDPSession, Page

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
