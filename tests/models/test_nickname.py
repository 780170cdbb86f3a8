"""The rule about names, on any text that there is."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.models.nickname import LONGEST_KEY, LONGEST_NAME, InvalidNameError, parse_nickname

# How long an example takes says how busy the machine is, and nothing about names.
settings.register_profile("names", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("names")

texts = st.text(max_size=80)
names = st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "Mn"]), min_size=1, max_size=64)


def enforced(typed: str) -> str | None:
    try:
        return parse_nickname(typed).shown
    except InvalidNameError:
        return None


@given(texts | names)
@example("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}" * 64)
@example("\N{DIAERESIS}a")
def test_a_text_is_a_name_or_is_refused_with_a_sentence(typed: str) -> None:
    if enforced(typed) is None:
        with pytest.raises(InvalidNameError, match=r"^[A-Z].*\.$"):
            parse_nickname(typed)
        return
    shown, key = parse_nickname(typed)
    assert 0 < len(shown) <= LONGEST_NAME
    assert 0 < len(key) <= LONGEST_KEY
    assert shown == shown.strip()
    assert "  " not in shown


@given(texts | names)
def test_a_name_stays_as_it_is_shown(typed: str) -> None:
    shown = enforced(typed)
    if shown is not None:
        assert parse_nickname(shown) == parse_nickname(typed)


@given(names)
def test_the_key_of_a_key_is_the_key(typed: str) -> None:
    if enforced(typed) is not None:
        key = parse_nickname(typed).key
        if enforced(key) is not None:
            assert parse_nickname(key).key == key


@given(names, st.sampled_from([" ", "\N{NO-BREAK SPACE}", "\N{IDEOGRAPHIC SPACE}", "   "]))
def test_blanks_around_a_name_do_not_count(typed: str, blanks: str) -> None:
    if enforced(typed) is not None:
        assert parse_nickname(f"{blanks}{typed}{blanks}") == parse_nickname(typed)


@given(st.text("abcdefghijklmnopqrstuvwxyzäöüéñçабвгд王李", min_size=1, max_size=64))
def test_case_does_not_count(typed: str) -> None:
    assert parse_nickname(typed.upper()).key == parse_nickname(typed).key


@pytest.mark.parametrize(
    ("one", "other"),
    [("José", "Jose"), ("Strauß", "Strauss"), ("john", "j0hn"), ("ılgaz", "ilgaz"), ("ab", "a b")],
)
def test_these_are_two(one: str, other: str) -> None:
    assert parse_nickname(one).key != parse_nickname(other).key
