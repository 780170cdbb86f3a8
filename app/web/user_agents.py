"""What browsers call themselves, in words that people use: `Firefox on Windows`."""

import ua_parser

from app.web.languages import gettext


def name_browser(user_agent: str) -> str:
    """Return the browser and the system that a `User-Agent` names, as far as it does."""
    known = ua_parser.parse(user_agent)
    browser = known.user_agent.family if known.user_agent else ""
    system = known.os.family if known.os else ""
    if browser and system:
        return gettext("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or gettext("unknown browser")
