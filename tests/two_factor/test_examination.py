"""What `flask doctor` finds about second factors."""

from flask import Flask

from tests.auth.people import add_account, log_in
from tests.doctor.patients import OK, WARN, find
from tests.two_factor.telephone import set_up


def test_an_administrator_without_a_second_factor_is_named(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "john")
    assert find(sqlite_app, "F072")[0] is None
    add_account(sqlite_app, "susan", role="Administrator")
    level, said = find(sqlite_app, "F072")
    assert (level, "without a second factor: susan; let them" in said) == (WARN, True)
    set_up(log_in(sqlite_app, "susan"))
    assert find(sqlite_app, "F072")[0] is OK
