"""What must not be served: files, mailboxes, debuggers, tokens."""

from app.doctor.attack.trying import Target, attack
from app.doctor.checks import Finding, fail, ok, warn
from app.doctor.visit import explain

FILES = [
    "/.env",
    "/.git/HEAD",
    "/.git/config",
    "/config.py",
    "/data.sqlite",
    "/data-dev.sqlite",
    "/instance/secret_key",
    "/static/..%2f..%2f.env",
    "/static../.env",
]
DEBUGGER = ["/console", "/?__debugger__=yes&cmd=resource&f=debugger.js"]
FOUND = 200
IT_ANSWERS = "F100"
SILENT_POLICIES = {"no-referrer", "origin", "strict-origin"}  # about the path


@attack(IT_ANSWERS)
def site_answers(target: Target) -> Finding:
    """Fetch a page that every Flasky has."""
    try:
        status = target.ask("/robots.txt").status
    except OSError as error:
        return fail(f"{target.url} does not answer: {explain(error)}", "look at the address")
    if status != FOUND:
        return fail(f"{target.url}/robots.txt answers {status}", "attack the address of a Flasky")
    return ok(f"{target.url} answers")


@attack("F101")
def files_are_not_served(target: Target) -> Finding:
    """Ask for files that hold secrets."""
    served = [path for path in FILES if target.ask(path).status == FOUND]
    if served:
        to_do = "let the proxy pass requests on, and serve no folder; change the secrets in them"
        return fail(f"everybody can fetch {', '.join(served)}", to_do)
    return ok(f"none of {len(FILES)} files with secrets is served")


@attack("F102")
def mailbox_is_closed(target: Target) -> Finding:
    """Open the mailbox of development, as a visitor of a proxy does."""
    answer = target.ask("/dev/mailbox/", [("X-Forwarded-For", "192.0.2.66")])
    if answer.status == FOUND:
        to_do = "set FLASK_CONFIG=production: each link in it opens an account"
        return fail("everybody can read the mails, in /dev/mailbox/", to_do)
    return ok("there is no open mailbox")


@attack("F103")
def debugger_is_closed(target: Target) -> Finding:
    """Look for the debugger of Werkzeug, which runs what visitors type."""
    for path in DEBUGGER:
        answer = target.ask(path)
        if answer.status == FOUND and "debugger" in answer.text.lower():
            return fail("visitors can reach the debugger", "unset FLASK_DEBUG, and use Granian")
    return ok("there is no debugger")


@attack("F104")
def tokens_stay_out_of_referrers(target: Target) -> Finding:
    """Open a mailed link, and look whether the page's address is told to what it loads."""
    answer = target.ask("/auth/register/the-token-of-a-link")
    policy = answer.headers.get("referrer-policy", "")
    if policy not in SILENT_POLICIES:
        seen = f"a page whose address holds a token has Referrer-Policy {policy or 'unset'}"
        return fail(seen, "let the proxy leave Flasky's headers as they are")
    return ok("the token of a mailed link is told to nobody")


@attack("F105")
def browsers_stay_with_https(target: Target) -> Finding:
    """Look for Strict-Transport-Security."""
    if not target.is_encrypted:
        return warn(f"{target.url} is not https", "attack the address that visitors use")
    if "strict-transport-security" not in target.ask("/robots.txt").headers:
        to_do = "let the proxy set X-Forwarded-Proto, and set TRUSTED_PROXIES"
        return fail("no browser is told to stay with https", to_do)
    return ok("browsers are told to stay with https")
