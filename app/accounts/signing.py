"""Signed texts, which people and browsers keep for Flasky."""

import hashlib

from flask import current_app
from itsdangerous import URLSafeTimedSerializer

from app.web.signatures import PatientSigner


def make_serializer(salt: str) -> URLSafeTimedSerializer:
    """Return what signs texts for one purpose, and reads those of former secret keys as well."""
    config = current_app.config
    keys = [*(config["SECRET_KEY_FALLBACKS"] or []), config["SECRET_KEY"]]
    return URLSafeTimedSerializer(
        keys, salt=salt, signer=PatientSigner, signer_kwargs={"digest_method": hashlib.sha256}
    )
