"""A passkey as a proof of who somebody is: it needs no password beside it."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app.auth import proof
from app.passkeys import ceremonies, keys, passkeys
from app.passkeys.ceremonies import PasskeyError
from app.passkeys.login import TRIES, refuse, use_passkey
from app.web.access import login_required_unconditionally
from app.web.visitors import get_current_user

proof.register_part("passkeys/parts/prove.html")


@passkeys.route("/auth/prove/passkey", methods=["GET", "POST"])
@login_required_unconditionally
def prove() -> ResponseReturnValue:
    """Take a proof by a passkey, and lead to the page that needs it."""
    user = get_current_user()
    if request.method == "GET":
        return jsonify(ceremonies.describe_authentication(keys.find_by_user(user)))
    TRIES.hit(subject=user)
    try:
        shown_by = use_passkey(user, must_verify=True)
    except PasskeyError:
        return refuse("auth.prove")
    return proof.accept(shown_by=shown_by)
