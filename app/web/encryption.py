"""Secrets that have to be known again, such as those of second factors, in tables and cookies.

They are encrypted (AES-256-GCM) with a key that is derived from SECRET_KEY: whoever has the table
alone has none, and whoever may write to it cannot give a user another one's.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

NONCE = 12  # bytes


def encrypt(secret: str, owner: int) -> str:
    """Return a user's secret, encrypted with the present key."""
    nonce = os.urandom(NONCE)
    sealed = _cipher(_secret_keys()[0]).encrypt(nonce, secret.encode(), _context(owner))
    return base64.urlsafe_b64encode(nonce + sealed).decode("ascii")


def decrypt(token: str, owner: int) -> str | None:
    """Return what `encrypt` was given for that user, or None if no key opens it.

    The former keys of SECRET_KEY_FALLBACKS are tried as well.
    """
    try:
        sealed = base64.urlsafe_b64decode(token)
    except (binascii.Error, ValueError):
        return None
    for secret_key in _secret_keys():
        try:
            cipher = _cipher(secret_key)
            return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], _context(owner)).decode()
        except (InvalidTag, ValueError):
            continue
    return None


def _secret_keys() -> list[str]:
    config = current_app.config
    return [config["SECRET_KEY"], *(config["SECRET_KEY_FALLBACKS"] or [])]


def _cipher(secret_key: str) -> AESGCM:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"flasky encryption")
    return AESGCM(derivation.derive(secret_key.encode()))


def _context(owner: int) -> bytes:
    return f"user {owner}".encode()
