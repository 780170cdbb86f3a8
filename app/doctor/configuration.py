"""The settings: refused ones, and those that a site should not have."""

import difflib
import os
from contextlib import suppress

from dotenv import dotenv_values
from flask import current_app

from app.doctor.checks import SETTINGS_CAN_BE_READ, Finding, check, fail, ok, warn
from app.doctor.commands import REFUSED
from config import choose_config, list_settings
from settings import BASEDIR, ConfigError

LEAST_ALIKE = 0.8  # of two names, one of which is perhaps the other, misspelt


@check(SETTINGS_CAN_BE_READ, needs=())
def read_settings() -> Finding:
    """Name every setting that is refused, and not the first one alone."""
    error = current_app.extensions.get(REFUSED)
    if error is None:
        return ok("the settings can be read")
    messages = [*find_refused(), str(error)]
    return fail(". ".join(dict.fromkeys(messages)), "then run this again")


def find_refused() -> list[str]:
    """Return what is wrong with each setting by itself."""
    messages = []
    with suppress(ConfigError):  # of a configuration that there is not, which has been told
        config = choose_config()
        for name in dir(config):
            try:
                getattr(config, name)
            except ConfigError as error:
                messages.append(str(error))
    return messages


@check("F002")
def is_production() -> Finding:
    """Tell whether this is a site."""
    name = current_app.config["CONFIGURATION"]
    if name == "production":
        return ok("the configuration is production")
    return warn(f"the configuration is {name}, which is no site's", "set FLASK_CONFIG=production")


@check("F003")
def has_no_debugger() -> Finding | None:
    """Look for Flask's debugger, in which visitors could run code."""
    if current_app.config["CONFIGURATION"] != "production":
        return None
    if current_app.debug:
        return fail("FLASK_DEBUG is set, so errors show the code to visitors", "unset FLASK_DEBUG")
    return ok("there is no debugger")


@check("F004")
def administrators_need_a_second_factor() -> Finding | None:
    """Look at a default that somebody has lowered."""
    if current_app.config["CONFIGURATION"] != "production":
        return None
    if current_app.config["SECOND_FACTOR"] == "nobody":
        return warn(
            "a password alone is enough to administer the site",
            "set SECOND_FACTOR=administrators, or unset it",
        )
    return ok(f"a second factor is needed by {current_app.config['SECOND_FACTOR']}")


@check("F005", needs=())
def names_are_spelt_right() -> Finding:
    """Look for variables in .env, and in the environment, that are nearly a setting's."""
    known = {setting.variable for setting in list_settings()}
    names = {*os.environ, *dotenv_values(BASEDIR / ".env", interpolate=False)} - known
    for name in sorted(names):
        if alike := difflib.get_close_matches(name, known, n=1, cutoff=LEAST_ALIKE):
            return warn(f"{name} is no setting of Flasky's", f"write {alike[0]}, if that is meant")
    return ok("no name of a variable is nearly a setting's")


@check("F006")
def is_reachable_for_weaknesses() -> Finding:
    """Look whether there is a security.txt."""
    contact = current_app.config["SECURITY_CONTACT"]
    if contact:
        return ok(f"weaknesses are to be reported to {contact}")
    return warn("nobody is told where to report a weakness", "set SECURITY_CONTACT")
