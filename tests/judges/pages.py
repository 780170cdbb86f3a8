"""The pages that the judges look at, and who opens them."""

from typing import NamedTuple

from tests.judges import api, board


class JudgedPage(NamedTuple):
    """A page, as its visitor opens it."""

    path: str
    language: str = "en"
    visitor: str = "nobody"  # or david, who administers


PATHS = {
    "nobody": [
        "/",
        "/user/john",
        "/nowhere",
        "/auth/login",
        "/auth/register",
        "/auth/reset",
        "/auth/mail-sent",
        *api.PATHS["nobody"],
        *board.PATHS["nobody"],
    ],
    "david": [
        "/auth/settings",
        "/auth/settings/profile",
        "/auth/settings/name",
        "/auth/settings/language",
        "/auth/settings/email",
        "/auth/settings/password",
        "/auth/settings/second-factor",
        "/auth/settings/second-factor/recovery-codes",
        "/auth/settings/second-factor/off",
        "/auth/settings/passkeys",
        "/auth/settings/passkeys/new",
        "/auth/settings/sessions",
        "/auth/settings/data",
        "/auth/settings/delete",
        "/auth/settings/activity",
        "/auth/settings/not-me",
        "/admin/",
        "/admin/users",
        "/admin/users/1",
        "/admin/mails",
        "/admin/log",
        *api.PATHS["david"],
        *board.PATHS["david"],
    ],
}
EVERY_PAGE = [
    JudgedPage(path, language, visitor)
    for language in ("en", "zh-CN")
    for visitor, paths in PATHS.items()
    for path in paths
]
DEVICES = ["mobile", "desktop"]
EVERYTHING = [(page, device) for page in EVERY_PAGE for device in DEVICES]
# Pages of every kind: all of them, on both devices, take a quarter of an hour.
CHOSEN = [
    (JudgedPage("/"), "mobile"),
    (JudgedPage("/"), "desktop"),
    (JudgedPage("/", "zh-CN"), "mobile"),
    (JudgedPage("/user/john"), "mobile"),
    (JudgedPage("/nowhere"), "desktop"),
    (JudgedPage("/auth/login", "zh-CN"), "mobile"),
    (JudgedPage("/auth/settings", visitor="david"), "desktop"),
    (JudgedPage("/admin/users", visitor="david"), "mobile"),
    (JudgedPage("/api"), "mobile"),
    (JudgedPage("/api", "zh-CN"), "desktop"),
    (JudgedPage("/board/"), "mobile"),
    (JudgedPage("/board/1", "zh-CN"), "desktop"),
    (JudgedPage("/board/reports", visitor="david"), "mobile"),
]
