"""A device that keeps passkeys, in software, and what the tests do with it."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from werkzeug.test import TestResponse

from tests.clients import CheckingClient
from tests.pages import form_token
from tests.two_factor.telephone import recovery_codes

PASSKEYS = "/auth/settings/passkeys"
OPTIONS = f"{PASSKEYS}/options"
ALONE = "/auth/login/passkey"
SECOND = "/auth/login/code/passkey"
ORIGIN = "http://localhost:5000"  # of PUBLIC_URL, which is this machine by default

PRESENT, VERIFIED, CAN_BE_BACKED_UP, BACKED_UP, HAS_CREDENTIAL = 1, 4, 8, 16, 64


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")


@dataclass
class Authenticator:
    """Signs whatever it is asked to, as its fields say: by default as it should."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes | None = None
    count: int = 0  # as of a passkey that a password manager shares, which counts nothing
    flags: int = PRESENT | VERIFIED
    origin: str = ORIGIN
    host: str = "localhost"

    def make(self, options: dict[str, Any], **changes: Any) -> str:
        """Return what a browser sends of a new passkey."""
        self.user_handle = decode(options["user"]["id"])
        data = self._data(HAS_CREDENTIAL) + bytes(16)
        data += len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.public_key()
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._write(
            {
                "clientDataJSON": encode(self._client_data("create", options, changes)),
                "attestationObject": encode(cbor2.dumps(attestation)),
                "transports": ["internal", "hybrid", "pigeon"],
            }
        )

    def sign(self, options: dict[str, Any], **changes: Any) -> str:
        """Return what a browser sends of a challenge that is signed."""
        client_data, data = self._client_data("get", options, changes), self._data()
        signed = data + hashlib.sha256(client_data).digest()
        return self._write(
            {
                "clientDataJSON": encode(client_data),
                "authenticatorData": encode(data),
                "signature": encode(self.key.sign(signed, ec.ECDSA(SHA256()))),
                "userHandle": encode(self.user_handle) if self.user_handle else None,
            }
        )

    def public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _data(self, flags: int = 0) -> bytes:
        flag = (self.flags | flags).to_bytes(1, "big")
        return hashlib.sha256(self.host.encode()).digest() + flag + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any], changes: dict[str, Any]) -> bytes:
        told = {
            "type": f"webauthn.{kind}",
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(told | changes).encode()

    def _write(self, response: dict[str, Any]) -> str:
        name = encode(self.credential_id)
        about = {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}}
        return json.dumps(about | {"response": response})


def send_new(client: CheckingClient, credential: str, name: str = "a telephone") -> TestResponse:
    """Send the form of a new passkey."""
    token = form_token(client.get(f"{PASSKEYS}/new").text)
    form = {"csrf_token": token, "name": name, "credential": credential}
    return client.post(f"{PASSKEYS}/new", data=form)


def add_passkey(
    client: CheckingClient, device: Authenticator | None = None, name: str = "a telephone"
) -> Authenticator:
    """Add a passkey in the settings."""
    device = device or Authenticator()
    answer = send_new(client, device.make(client.get(OPTIONS).get_json()), name)
    assert answer.status_code == 303, answer.text
    return device


def read_codes(client: CheckingClient) -> list[str]:
    """Return the recovery codes that are shown after the first passkey."""
    return recovery_codes(client.get("/auth/settings/second-factor/recovery-codes/new").text)


def send_signed(client: CheckingClient, path: str, credential: str, **fields: str) -> TestResponse:
    """Send what a passkey has signed."""
    token = form_token(client.get("/").text)
    form = {"csrf_token": token, "credential": credential, **fields}
    return client.post(path, data=form)


def use_passkey(
    client: CheckingClient, device: Authenticator, path: str = ALONE, **changes: Any
) -> TestResponse:
    """Let a passkey sign what a page asks of it, and send that."""
    return send_signed(client, path, device.sign(client.get(path).get_json(), **changes))
