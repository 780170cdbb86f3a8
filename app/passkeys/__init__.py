"""Passkeys (WebAuthn): a device signs what this site asks of it, instead of a password or a code.

The room hangs on to the others, and to two-factor authentication, whose recovery codes stand in for
a passkey that is lost. None of them knows it, but for includes in their pages. Passkeys need
JavaScript; whoever has none logs in with the password, and a code.

- `models`: the table; `keys`: adding, using and removing passkeys; `letters`: what their owners
  are mailed
- `relying_party`: what browsers know this site by; `challenges`: what a passkey is asked to sign;
  `ceremonies`: what browsers are asked for, and whether the answer is good
- `login`, `proof`, `settings`: the pages; `forms`; `personal_data`: in a copy of one's data
"""

from flask import Blueprint, Flask

from app.auth import never_store
from app.passkeys import keys, relying_party
from app.two_factor import second_factor

passkeys = Blueprint("passkeys", __name__, template_folder="templates")
passkeys.after_request(never_store)
passkeys.add_app_template_global(keys.find_by_user, "passkeys_of")
passkeys.add_app_template_global(relying_party.get_origin, "origin_of_passkeys")

second_factor.register_kind(second_factor.Kind(keys.has_any, keys.forget))


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(passkeys)


from app.passkeys import login, personal_data, proof, settings  # noqa: E402, F401  # they register themselves
