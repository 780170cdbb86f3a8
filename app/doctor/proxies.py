"""The proxies before the site: whom it takes its visitors for."""

from flask import current_app

from app.doctor.checks import Finding, check, fail, ok
from app.doctor.site import IT_IS_THIS_ONE, ask_what_it_saw

FORGED = "192.0.2.66"  # of nobody: RFC 5737
SPELLINGS = ["X-Forwarded-For", "X_Forwarded_For", "X-Forwarded_For", "Forwarded"]
# They change the order in which proxies and servers pass headers on.
DUMMIES = [(f"Zz{number}", "x") for number in range(8)]


@check("F045", needs=[IT_IS_THIS_ONE], seconds=12)
def as_many_as_trusted() -> Finding:
    """Count the proxies that a request has come through, by what they have written."""
    seen = ask_what_it_saw() or {}
    found, trusted = seen["proxies"], current_app.config["TRUSTED_PROXIES"]
    header = current_app.config["PROXY_HEADER"]
    if found < trusted:
        return fail(
            f"TRUSTED_PROXIES is {trusted}, and {found} have written {header}",
            f"let each write it, as in deploy/, or set TRUSTED_PROXIES={found}",
        )
    if found > trusted:
        return fail(
            f"TRUSTED_PROXIES is {trusted}, and {found} have written {header}: all visitors "
            f"seem to come from {seen['address']}",
            f"set TRUSTED_PROXIES={found}, if these are yours",
        )
    if seen["address"] == "unknown":
        return fail("the site does not know where visitors come from", "set TRUSTED_PROXIES")
    return ok(f"{found} proxies before the site; it saw this command at {seen['address']}")


@check("F046", needs=[IT_IS_THIS_ONE], seconds=40)
def forged_addresses_are_not_believed() -> Finding:
    """Say that the request comes from elsewhere, in all spellings and in two orders."""
    return judge_lies(find_lie_that_is_believed())


def find_lie_that_is_believed(site: str | None = None, *, trusting: bool = False) -> str | None:
    """Return the name of a header in which somebody can choose their address, if there is one."""
    for name in SPELLINGS:
        lie = (name, f"for={FORGED};proto=https" if name == "Forwarded" else FORGED)
        for headers in ([*DUMMIES, lie], [lie, *DUMMIES]):
            seen = ask_what_it_saw(headers, site, trusting=trusting)
            if seen and seen["address"] == FORGED:
                return name
    return None


def judge_lies(name: str | None) -> Finding:
    """Tell what it means if a forged header of that name is believed."""
    if name is None:
        return ok("forged addresses are not believed")
    return fail(
        f"visitors can choose their address: a forged {name} is believed",
        "configure the proxy as in deploy/, and set TRUSTED_PROXIES to the number of proxies",
    )
