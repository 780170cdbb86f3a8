"""What browsers are asked for, and whether what a passkey answers is good (WebAuthn, level 3)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import current_app
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.models import User
from app.passkeys import challenges, relying_party
from app.passkeys.challenges import Challenge
from app.passkeys.models import LONGEST_ID, LONGEST_PUBLIC_KEY, Passkey

MILLISECONDS = challenges.SECONDS * 1000
# It knows its user, and asks for a finger, a face or a PIN: so it opens an account alone.
OPENS_ALONE = AuthenticatorSelectionCriteria(
    resident_key=ResidentKeyRequirement.REQUIRED,
    require_resident_key=True,
    user_verification=UserVerificationRequirement.REQUIRED,
)


class PasskeyError(ValueError):
    """A passkey has not answered what it was asked, or not as it should."""


def describe_registration(
    user: User, user_handle: bytes, present: Sequence[Passkey]
) -> dict[str, Any]:
    """Return what a browser is asked to make a passkey by, as JSON. `present` ones stay alone."""
    options = generate_registration_options(
        rp_id=relying_party.get_id(),
        rp_name=current_app.config["SITE_NAME"],
        user_name=user.username,
        user_id=user_handle,
        challenge=challenges.make(user_handle),
        timeout=MILLISECONDS,
        authenticator_selection=OPENS_ALONE,
        exclude_credentials=_describe(present),
    )
    return options_to_json_dict(options)


def describe_authentication(
    allowed: Sequence[Passkey] = (), *, must_verify: bool = True
) -> dict[str, Any]:
    """Return what a browser is asked for, as JSON: one of these passkeys, or any.

    It has to ask who holds it, unless the password has been given: then it may.
    """
    needed = UserVerificationRequirement
    options = generate_authentication_options(
        rp_id=relying_party.get_id(),
        challenge=challenges.make(),
        timeout=MILLISECONDS,
        allow_credentials=_describe(allowed),
        user_verification=needed.REQUIRED if must_verify else needed.PREFERRED,
    )
    return options_to_json_dict(options)


def _describe(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=passkey.credential_id,
            transports=[AuthenticatorTransport(name) for name in passkey.transports.split()],
        )
        for passkey in passkeys
    ]


def read_answer(text: str) -> AuthenticationCredential:
    """Return what a browser has sent for a passkey. Raise PasskeyError."""
    with _refuse_nonsense():
        return parse_authentication_credential_json(text)


def read_new(text: str) -> RegistrationCredential:
    """Return what a browser has sent of a passkey that it made. Raise PasskeyError."""
    with _refuse_nonsense():
        return parse_registration_credential_json(text)


def verify_new(answer: RegistrationCredential, challenge: Challenge) -> VerifiedRegistration:
    """Return what is to be kept of a new passkey. Raise PasskeyError if it is none of this site."""
    with _refuse_nonsense():
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=challenge.value,
            expected_rp_id=relying_party.get_id(),
            expected_origin=relying_party.get_origin(),
            require_user_verification=True,
        )
        public_key = verified.credential_public_key
        decoded_public_key_to_cryptography(decode_credential_public_key(public_key))
    if len(verified.credential_id) > LONGEST_ID or len(public_key) > LONGEST_PUBLIC_KEY:
        raise PasskeyError("It is longer than the standard says.")
    return verified


def verify_answer(
    answer: AuthenticationCredential, challenge: Challenge, passkey: Passkey, *, must_verify: bool
) -> VerifiedAuthentication:
    """Return what a passkey has signed. Raise PasskeyError if that is not what it was asked."""
    if answer.response.user_handle not in {None, passkey.user_handle}:
        raise PasskeyError("It names another user.")
    with _refuse_nonsense():
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.value,
            expected_rp_id=relying_party.get_id(),
            expected_origin=relying_party.get_origin(),
            credential_public_key=passkey.public_key,
            # The library looks at the count before the signature, so anybody could make one up.
            credential_current_sign_count=0,
            require_user_verification=must_verify,
        )


@contextmanager
def _refuse_nonsense() -> Iterator[None]:
    """Raise PasskeyError for whatever a stranger's bytes do to the parsers of JSON, CBOR and keys.

    Their errors are of all kinds: what is nested too deeply, for one, is a RecursionError.
    """
    try:
        yield
    except Exception as error:
        raise PasskeyError(str(error)) from error
