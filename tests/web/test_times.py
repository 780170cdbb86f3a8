"""Times in pages, without JavaScript."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask, render_template_string

from app.web.times import time_tag

MOMENT = datetime(2026, 11, 20, 23, 30, 5, 678, tzinfo=timezone(timedelta(hours=-8)))
IN_UTC = "21 November 2026, 07:30 UTC"


def rendered(app: Flask, template: str) -> str:
    with app.test_request_context():
        return render_template_string(template, t=MOMENT, other=MOMENT - timedelta(days=1))


def test_a_time_is_shown_in_utc(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        tag = time_tag(MOMENT)
        assert time_tag(MOMENT.astimezone(UTC).replace(tzinfo=None)) == tag
    assert tag.startswith('<time datetime="2026-11-21T07:30:05Z"')
    assert tag.endswith(f">{IN_UTC}</time>")


@pytest.mark.parametrize(
    ("call", "data"),
    [
        ("moment(t).format('LLL')", 'data-function="format" data-format="LLL"'),
        ("moment(t).fromNow()", 'data-function="fromNow"'),
        ("moment(t).fromNow(refresh=True)", 'data-function="fromNow" data-refresh="60000"'),
        ("moment(t).fromNow(no_suffix=True)", 'data-function="fromNow" data-bare="1"'),
        ("moment(t).fromTime(other)", 'data-function="from" data-other="2026-11-20T07:30:05Z"'),
        ("moment(t).calendar()", 'data-function="calendar"'),
        ("moment(t).diff(other, units='days')", 'data-units="days"'),
        ("moment(t).unix()", 'data-function="unix"'),
    ],
)
def test_the_calls_of_flask_moment_write_a_time(sqlite_app: Flask, call: str, data: str) -> None:
    html = rendered(sqlite_app, f"{{{{ {call} }}}}")
    assert html.startswith('<time datetime="2026-11-21T07:30:05Z"')
    assert data in html
    assert html.endswith(f">{IN_UTC}</time>")
    assert "style" not in html


def test_no_call_writes_inline_code(sqlite_app: Flask) -> None:
    template = "{{ moment.include_jquery() }}{{ moment.include_moment() }}{{ moment.lang('es') }}"
    assert rendered(sqlite_app, template) == ""


def test_now_is_now(sqlite_app: Flask) -> None:
    assert f"{datetime.now(UTC):%Y-%m-%dT%H:}" in rendered(sqlite_app, "{{ moment().format('L') }}")


def test_what_is_given_is_escaped(sqlite_app: Flask) -> None:
    html = rendered(sqlite_app, """{{ moment(t).format('"><img src=x>') }}""")
    assert "<img" not in html


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2012-12-31T23:55:13Z", "2012-12-31T23:55:13Z"),
        ("2012-12-31T23:55:13.25Z", "2012-12-31T23:55:13.250Z"),
        ("2012-12-31T23:55:13+08:00", "2012-12-31T15:55:13Z"),
        ("2012-12-31T23:55", "2012-12-31T23:55:00Z"),
        ("20121231T235513", "2012-12-31T23:55:13Z"),
        ("2013-W01-1", "2012-12-31T00:00:00Z"),
        ("2012-12-31", "2012-12-31T00:00:00Z"),
    ],
)
def test_a_text_as_iso_8601_has_it_is_a_time(sqlite_app: Flask, text: str, stamp: str) -> None:
    template = f"{{{{ moment('{text}').fromTime('{text}') }}}}"
    html = rendered(sqlite_app, template)
    assert html.startswith(f'<time datetime="{stamp}"')
    assert f'data-other="{stamp}"' in html


@pytest.mark.parametrize("call", ["moment('yesterday')", "moment(t).fromTime('<b>')"])
def test_another_text_is_no_time(sqlite_app: Flask, call: str) -> None:
    with pytest.raises(ValueError, match="Invalid isoformat string"):
        rendered(sqlite_app, f"{{{{ {call}.unix() }}}}")


def test_a_number_is_no_time(sqlite_app: Flask) -> None:
    with pytest.raises(TypeError, match="is not a datetime"):
        rendered(sqlite_app, "{{ moment(1795159805).unix() }}")


def test_a_time_is_known_to_the_millisecond(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        tag = time_tag(MOMENT + timedelta(milliseconds=250))
    assert tag.startswith('<time datetime="2026-11-21T07:30:05.250Z"')


def test_there_is_no_local_time(sqlite_app: Flask) -> None:
    with pytest.raises(ValueError, match="UTC"):
        rendered(sqlite_app, "{{ moment(t, local=True).format('L') }}")
