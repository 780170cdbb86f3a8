"""The public log of what moderators decided."""

from flask import Flask

from app import db
from app.accounts import deletion
from app.board.models import Message, ModerationEvent
from app.web.paging import ROWS_ON_A_PAGE
from tests.auth.people import submit
from tests.board.moderators import REASON, cards, hide, join, press_show, report
from tests.board.people import user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import find, heading, links, shown

LOG = "/board/moderation"

Members = dict[str, CheckingClient]


def test_everybody_reads_who_decided_what_and_why(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    stranger = visitor(app)
    assert "Nothing has been moderated yet." in shown(stranger.get(LOG).text)
    address = write(susan, "You fool!")
    report(join(app, "john"), address, "Rude")
    submit(anna, f"{address}/dismiss", reason="Harmless")
    hide(anna, address)
    submit(susan, f"{address}/appeal", reason="It was a joke.")
    submit(anna, f"{address}/reject", reason="Not funny")
    press_show(anna, address)
    page = stranger.get(LOG)
    assert heading(page.text) == "Moderation log"
    said = ["shown again", "appeal rejected", "hidden", "reports dismissed"]
    why = ["", "Not funny", REASON, "Harmless"]
    for card, what, reason in zip(cards(page), said, why, strict=True):
        assert card.startswith(f"anna Message 1 {what} ")
        assert card.endswith(reason)
        assert "UTC" in card
    for secret in ("You fool!", "susan", "john", "Rude", "It was a joke."):
        assert secret not in page.text
    assert LOG in links(stranger.get("/board/").text)
    assert links(page.text)[-1] == address


def test_the_form_says_that_everybody_reads_the_reason(members: Members) -> None:
    address = write(members["susan"], "You fool!")
    page = shown(members["anna"].get(f"{address}/hide").text)
    assert "Everyone can read it in the moderation log. The author gets it by email." in page


def test_an_event_by_a_moderator_who_is_gone_stays(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    hide(anna, write(susan, "You fool!"))
    with app.app_context():
        deletion.delete(user_of(app, "anna"))
    [card] = cards(visitor(app).get(LOG))
    assert card.startswith("A former user Message 1 hidden")


def test_what_is_hidden_leads_nowhere(members: Members) -> None:
    address = write(members["susan"], "You fool!")
    hide(members["anna"], address)
    stranger = visitor(members["anna"].application)
    assert address in links(stranger.get(LOG).text)
    assert stranger.get(address).status_code == 404


def test_the_newest_comes_first_and_pages_lead_on(sqlite_app: Flask, members: Members) -> None:
    assert members
    with sqlite_app.app_context():
        susan, anna = (user_of(sqlite_app, name) for name in ("susan", "anna"))
        message = Message(author=susan, text="Hello")
        for number in range(ROWS_ON_A_PAGE + 2):
            db.session.add(
                ModerationEvent(
                    action="hidden", reason=f"reason {number}.", message=message, moderator=anna
                )
            )
            db.session.flush()
        db.session.commit()
    first = visitor(sqlite_app).get(LOG)
    assert "reason 26." in cards(first)[0]
    following = find(first.text, ".//a[@rel='next']").get("href") or ""
    assert ["reason 1." in cards(visitor(sqlite_app).get(following))[0]] == [True]
