"""What `moment(t).format(...)` shows in a browser, beside what moment.js shows.

The texts are those of moment.js 2.30.1, in its locales `en` and `zh-cn`, in Shanghai.
"""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import visit

LANGUAGES = ["en", "zh-Hans"]
MOMENT = "2026-11-20T07:05:09.678Z"

TOKENS = {
    "M": ("11", "11"),
    "Mo": ("11th", "11月"),
    "MM": ("11", "11"),
    "MMM": ("Nov", "11月"),
    "MMMM": ("November", "十一月"),
    "Q": ("4", "4"),
    "Qo": ("4th", "4"),
    "D": ("20", "20"),
    "Do": ("20th", "20日"),
    "DD": ("20", "20"),
    "DDD": ("324", "324"),
    "DDDo": ("324th", "324日"),
    "DDDD": ("324", "324"),
    "d": ("5", "5"),
    "do": ("5th", "5日"),
    "dd": ("Fr", "五"),
    "ddd": ("Fri", "周五"),
    "dddd": ("Friday", "星期五"),
    "e": ("5", "4"),
    "E": ("5", "5"),
    "w": ("47", "47"),
    "wo": ("47th", "47周"),
    "ww": ("47", "47"),
    "W": ("47", "47"),
    "Wo": ("47th", "47周"),
    "WW": ("47", "47"),
    "YY": ("26", "26"),
    "YYYY": ("2026", "2026"),
    "YYYYYY": ("+002026", "+002026"),
    "Y": ("2026", "2026"),
    "y": ("2026", "2026"),
    "yyyy": ("2026", "2026"),
    "gg": ("26", "26"),
    "gggg": ("2026", "2026"),
    "GG": ("26", "26"),
    "GGGG": ("2026", "2026"),
    "A": ("PM", "下午"),
    "a": ("pm", "下午"),
    "H": ("15", "15"),
    "HH": ("15", "15"),
    "h": ("3", "3"),
    "hh": ("03", "03"),
    "k": ("15", "15"),
    "kk": ("15", "15"),
    "m": ("5", "5"),
    "mm": ("05", "05"),
    "s": ("9", "9"),
    "ss": ("09", "09"),
    "S": ("6", "6"),
    "SS": ("67", "67"),
    "SSS": ("678", "678"),
    "SSSS": ("6780", "6780"),
    "SSSSSSSSS": ("678000000", "678000000"),
    "Z": ("+08:00", "+08:00"),
    "ZZ": ("+0800", "+0800"),
    "X": ("1795158309", "1795158309"),
    "x": ("1795158309678", "1795158309678"),
}

# Each of these formats at these times, in Shanghai.
EDGES = {
    "MMMM Do YYYY, h:mm:ss a": [
        (
            "2026-11-21T23:47:45+08:00",
            "November 21st 2026, 11:47:45 pm",
            "十一月 21日 2026, 11:47:45 晚上",
        ),
    ],
    "dddd [the] Do [of] MMMM": [
        ("2026-11-20T12:00+08:00", "Friday the 20th of November", "星期五 the 20日 of 十一月"),
    ],
    "[w] w[d]": [
        ("2026-11-20T12:00+08:00", "w 47d", "w 47d"),
    ],
    "Do do dd": [
        ("2026-11-01T12:00+08:00", "1st 0th Su", "1日 0日 日"),
        ("2026-11-02T12:00+08:00", "2nd 1st Mo", "2日 1日 一"),
        ("2026-11-03T12:00+08:00", "3rd 2nd Tu", "3日 2日 二"),
        ("2026-11-04T12:00+08:00", "4th 3rd We", "4日 3日 三"),
        ("2026-11-11T12:00+08:00", "11th 3rd We", "11日 3日 三"),
        ("2026-11-12T12:00+08:00", "12th 4th Th", "12日 4日 四"),
        ("2026-11-13T12:00+08:00", "13th 5th Fr", "13日 5日 五"),
        ("2026-11-21T12:00+08:00", "21st 6th Sa", "21日 6日 六"),
        ("2026-11-22T12:00+08:00", "22nd 0th Su", "22日 0日 日"),
        ("2026-11-23T12:00+08:00", "23rd 1st Mo", "23日 1日 一"),
        ("2026-10-31T12:00+08:00", "31st 6th Sa", "31日 6日 六"),
    ],
    "Mo MMM MMMM Qo": [
        ("2026-01-31T12:00+08:00", "1st Jan January 1st", "1月 1月 一月 1"),
        ("2026-02-28T12:00+08:00", "2nd Feb February 1st", "2月 2月 二月 1"),
        ("2026-03-31T12:00+08:00", "3rd Mar March 1st", "3月 3月 三月 1"),
        ("2026-04-01T12:00+08:00", "4th Apr April 2nd", "4月 4月 四月 2"),
        ("2026-05-01T12:00+08:00", "5th May May 2nd", "5月 5月 五月 2"),
        ("2026-06-30T12:00+08:00", "6th Jun June 2nd", "6月 6月 六月 2"),
        ("2026-07-01T12:00+08:00", "7th Jul July 3rd", "7月 7月 七月 3"),
        ("2026-08-15T12:00+08:00", "8th Aug August 3rd", "8月 8月 八月 3"),
        ("2026-09-30T12:00+08:00", "9th Sep September 3rd", "9月 9月 九月 3"),
        ("2026-10-01T12:00+08:00", "10th Oct October 4th", "10月 10月 十月 4"),
        ("2026-12-31T12:00+08:00", "12th Dec December 4th", "12月 12月 十二月 4"),
    ],
    "DDDo DDDD": [
        ("2026-01-01T12:00+08:00", "1st 001", "1日 001"),
        ("2026-01-22T12:00+08:00", "22nd 022", "22日 022"),
        ("2026-04-21T12:00+08:00", "111th 111", "111日 111"),
        ("2028-12-31T12:00+08:00", "366th 366", "366日 366"),
    ],
    "d e E ddd": [
        ("2026-11-21T12:00+08:00", "6 6 6 Sat", "6 5 6 周六"),
        ("2026-11-22T12:00+08:00", "0 0 7 Sun", "0 6 7 周日"),
        ("2026-11-23T12:00+08:00", "1 1 1 Mon", "1 0 1 周一"),
    ],
    "wo ww gg gggg Wo WW GG GGGG": [
        (
            "2026-01-01T12:00+08:00",
            "1st 01 26 2026 1st 01 26 2026",
            "1周 01 26 2026 1周 01 26 2026",
        ),
        (
            "2026-01-04T12:00+08:00",
            "2nd 02 26 2026 1st 01 26 2026",
            "1周 01 26 2026 1周 01 26 2026",
        ),
        (
            "2026-12-26T12:00+08:00",
            "52nd 52 26 2026 52nd 52 26 2026",
            "52周 52 26 2026 52周 52 26 2026",
        ),
        (
            "2026-12-27T12:00+08:00",
            "1st 01 27 2027 52nd 52 26 2026",
            "52周 52 26 2026 52周 52 26 2026",
        ),
        (
            "2026-12-31T12:00+08:00",
            "1st 01 27 2027 53rd 53 26 2026",
            "53周 53 26 2026 53周 53 26 2026",
        ),
        (
            "2027-01-01T12:00+08:00",
            "1st 01 27 2027 53rd 53 26 2026",
            "53周 53 26 2026 53周 53 26 2026",
        ),
        (
            "2027-01-02T12:00+08:00",
            "1st 01 27 2027 53rd 53 26 2026",
            "53周 53 26 2026 53周 53 26 2026",
        ),
        (
            "2027-01-03T12:00+08:00",
            "2nd 02 27 2027 53rd 53 26 2026",
            "53周 53 26 2026 53周 53 26 2026",
        ),
        (
            "2027-01-04T12:00+08:00",
            "2nd 02 27 2027 1st 01 27 2027",
            "1周 01 27 2027 1周 01 27 2027",
        ),
        (
            "2028-01-01T12:00+08:00",
            "1st 01 28 2028 52nd 52 27 2027",
            "52周 52 27 2027 52周 52 27 2027",
        ),
        (
            "2024-12-30T12:00+08:00",
            "1st 01 25 2025 1st 01 25 2025",
            "1周 01 25 2025 1周 01 25 2025",
        ),
    ],
    "H h k kk A a": [
        ("2026-11-20T00:00+08:00", "0 12 24 24 AM am", "0 12 24 24 凌晨 凌晨"),
        ("2026-11-20T05:59+08:00", "5 5 5 05 AM am", "5 5 5 05 凌晨 凌晨"),
        ("2026-11-20T06:00+08:00", "6 6 6 06 AM am", "6 6 6 06 早上 早上"),
        ("2026-11-20T08:59+08:00", "8 8 8 08 AM am", "8 8 8 08 早上 早上"),
        ("2026-11-20T09:00+08:00", "9 9 9 09 AM am", "9 9 9 09 上午 上午"),
        ("2026-11-20T11:29+08:00", "11 11 11 11 AM am", "11 11 11 11 上午 上午"),
        ("2026-11-20T11:30+08:00", "11 11 11 11 AM am", "11 11 11 11 中午 中午"),
        ("2026-11-20T12:00+08:00", "12 12 12 12 PM pm", "12 12 12 12 中午 中午"),
        ("2026-11-20T12:29+08:00", "12 12 12 12 PM pm", "12 12 12 12 中午 中午"),
        ("2026-11-20T12:30+08:00", "12 12 12 12 PM pm", "12 12 12 12 下午 下午"),
        ("2026-11-20T17:59+08:00", "17 5 17 17 PM pm", "17 5 17 17 下午 下午"),
        ("2026-11-20T18:00+08:00", "18 6 18 18 PM pm", "18 6 18 18 晚上 晚上"),
        ("2026-11-20T23:59+08:00", "23 11 23 23 PM pm", "23 11 23 23 晚上 晚上"),
    ],
}

# Of these, moment.js has one order and one way for each language; Intl has those of each country.
# So it says "November 20, 2026 3:05 PM" and "2026年11月20日下午3点05分" where Flasky has an LLL.
LOCALIZED = {
    "LT": ("3:05 PM", "15:05"),
    "LTS": ("3:05:09 PM", "15:05:09"),
    "L": ("11/20/2026", "2026/11/20"),
    "LL": ("November 20, 2026", "2026年11月20日"),
    "LLL": ("November 20, 2026 at 3:05 PM", "2026年11月20日 15:05"),
    "LLLL": ("Friday, November 20, 2026 at 3:05 PM", "2026年11月20日星期五 15:05"),
    "l": ("11/20/2026", "2026/11/20"),
    "ll": ("Nov 20, 2026", "2026年11月20日"),
    "lll": ("Nov 20, 2026, 3:05 PM", "2026年11月20日 15:05"),
    "llll": ("Fri, Nov 20, 2026, 3:05 PM", "2026年11月20日周五 15:05"),
    "[on] L [at] LT": ("on 11/20/2026 at 3:05 PM", "on 2026/11/20 at 15:05"),
}
# moment.js has no Chinese word for an era, and leaves zones' names to a plugin.
NAMES = {
    "N": ("AD", "公元"),
    "NN": ("AD", "公元"),
    "NNN": ("AD", "公元"),
    "NNNN": ("Anno Domini", "公元"),
    "NNNNN": ("AD", "公元"),
    "z": ("GMT+8", "GMT+8"),
    "zz": ("GMT+8", "GMT+8"),
}

# What `Z ZZ` is at these times.
OFFSETS = [
    ("UTC", "2026-11-20T12:00Z", "+00:00 +0000"),
    ("America/St_Johns", "2026-07-01T12:00Z", "-02:30 -0230"),
    ("America/St_Johns", "2026-11-20T12:00Z", "-03:30 -0330"),
    ("Asia/Kathmandu", "2026-11-20T12:00Z", "+05:45 +0545"),
    ("Pacific/Chatham", "2026-11-20T12:00Z", "+13:45 +1345"),
]


def shown(page: Page, language: str, times: list[tuple[str, str]], zone: str) -> list[str]:
    """Return what a page in that language shows of those times, each in its format."""
    tags = "".join(
        f"<p><time datetime='{time}' data-function='format' data-format='{pattern}'"
        f" data-zone='{zone}'>in UTC</time></p>"
        for time, pattern in times
    )
    script = "<script src='/static/times.js' defer></script>"
    html = f"<!doctype html><html lang='{language}'><title>Times</title>{script}<main>{tags}</main>"
    page.route("**/times", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("/times")
    texts = page.locator("time").all_inner_texts()
    return [text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in texts]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_token_shows_what_moment_shows(browser: Browser, address: str, language: str) -> None:
    rows = [(MOMENT, token, texts) for token, texts in (TOKENS | LOCALIZED | NAMES).items()]
    for pattern, edges in EDGES.items():
        rows += [(time, pattern, (english, chinese)) for time, english, chinese in edges]
    which = LANGUAGES.index(language)
    expected = [(time, pattern, texts[which]) for time, pattern, texts in rows]
    times = [(time, pattern) for time, pattern, _ in expected]
    with visit(browser, address, locale="en-US") as page:
        found = shown(page, language, times, "Asia/Shanghai")
    assert [(*time, text) for time, text in zip(times, found, strict=True)] == expected


def test_offsets_are_those_of_the_zone_at_that_time(browser: Browser, address: str) -> None:
    with visit(browser, address, locale="en-US") as page:
        for zone, time, text in OFFSETS:
            assert shown(page, "en", [(time, "Z ZZ")], zone) == [text]
