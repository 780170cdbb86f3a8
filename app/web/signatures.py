"""Signatures with a time, whose clocks need not agree."""

from typing import Any

from itsdangerous import SignatureExpired, TimestampSigner


class PatientSigner(TimestampSigner):
    """Takes also what was signed by a clock that is ahead: another host's, or before it was set.

    By itself, itsdangerous calls that expired, and whoever has such a cookie would be logged out.
    """

    def unsign(
        self,
        signed_value: str | bytes,
        max_age: int | None = None,
        return_timestamp: bool = False,  # noqa: FBT001, FBT002  # as in the base class
    ) -> Any:  # noqa: ANN401
        """Return what was signed. Raise SignatureExpired if that is too long ago."""
        try:
            return super().unsign(signed_value, max_age, return_timestamp)  # type: ignore[call-overload]
        except SignatureExpired as error:
            if not error.date_signed or error.date_signed.timestamp() <= self.get_timestamp():
                raise
            return super().unsign(signed_value, None, return_timestamp)  # type: ignore[call-overload]
