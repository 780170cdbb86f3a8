"""What an authenticator app does: a secret that it scans, and codes of six digits (RFC 6238)."""

import hmac
import time
from urllib.parse import urlsplit

import pyotp
import segno
from flask import current_app
from markupsafe import Markup

DIGITS = 6
SECONDS = 30  # for which a code is shown
TOLERANCE = 1  # codes before and after the one of now, for slow fingers and clocks that differ


def new_secret() -> str:
    """Return a secret that nobody can guess: 160 bits, in base 32."""
    return pyotp.random_base32()


def make_otpauth_uri(secret: str, username: str) -> str:
    """Return the `otpauth:` address that an app scans. It names this site and the user."""
    site = urlsplit(current_app.config["PUBLIC_URL"]).hostname
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=site)


def draw_qr_code(address: str) -> Markup:
    """Return a QR code as an SVG element: dark on light, as scanners want it, in any theme."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, light="#fff"))  # noqa: S704  # segno draws it


def find_step(secret: str, code: str) -> int | None:
    """Return the number of the half minute that a code belongs to, or None if it is not of now."""
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    totp, now = pyotp.TOTP(secret), int(time.time()) // SECONDS
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None
