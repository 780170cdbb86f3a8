"""What every page keeps to, whatever it shows."""

import re
from functools import lru_cache
from xml.etree.ElementTree import Element

import html5lib

TOKEN = re.compile(r'(name="csrf_token"[^>]* value=")[^"]+')
TIME = re.compile(r'(<time datetime=")[^"]+("[^>]*>)[^<]+')


def check_page(text: str) -> None:
    """Fail unless a page is HTML5, can be read by everyone, and holds no inline code.

    To parse a page takes as long as to make it, so one that differs by its token, and by the times
    on it, is parsed once.
    """
    _check(TIME.sub(r"\1a time\2a time", TOKEN.sub(r"\1the token", text)))


@lru_cache(maxsize=1024)
def _check(text: str) -> None:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = parser.parse(text)
    html = list(page.iter())

    assert page.get("lang"), "the page does not say its language"
    headings = [element for element in html if element.tag == "h1"]
    assert len(headings) == 1, f"the page has {len(headings)} h1"
    assert text_of(headings[0]), "the h1 is empty"
    titles = [text_of(element) for element in page.iter("title")]
    assert len(titles) == 1
    assert titles[0], "the page has no title"

    ids = [element.get("id") for element in html if element.get("id")]
    assert len(ids) == len(set(ids)), f"ids are not unique: {ids}"
    focused = [element for element in html if "autofocus" in element.attrib]
    assert len(focused) <= 1, "two elements want the focus"
    labels = {element.get("for") for element in page.iter("label") if text_of(element)} - {None}
    for element in html:
        check_element(element)
        if element.tag in {"input", "select", "textarea"} and needs_label(element):
            assert element.get("id") in labels, f"{element.get('name')} has no label"
        for attribute in ("aria-describedby", "aria-labelledby", "for"):
            for reference in element.get(attribute, "").split():
                assert reference in ids, f"{attribute} refers to {reference}, which is not there"


def needs_label(field: Element) -> bool:
    """Return whether somebody fills a field in, and it has no text of its own."""
    is_for_programs = field.get("aria-hidden") == "true"
    return not is_for_programs and field.get("type") not in {"hidden", "submit"}


def check_element(element: Element) -> None:
    """Fail if an element holds code that a strict Content-Security-Policy blocks."""
    assert element.tag != "style", "the page holds a style element"
    assert element.tag != "script" or element.get("src"), "the page holds an inline script"
    for name, value in element.attrib.items():
        assert name != "style", f"{element.tag} has a style attribute"
        assert not name.startswith("on"), f"{element.tag} has {name}"
        is_text = element.tag == "meta" and "http-equiv" not in element.attrib
        assert is_text or not value.lower().startswith("javascript:"), f"{element.tag} has {value}"


@lru_cache(maxsize=64)
def parse(text: str) -> Element:
    """Return a page as a tree, which is for looking alone: who asks for it again gets the same."""
    page: Element = html5lib.parse(text, namespaceHTMLElements=False)
    return page


def text_of(element: Element) -> str:
    """Return an element's text, as it is shown."""
    return " ".join("".join(element.itertext()).split())


def find(text: str, path: str) -> Element:
    """Return the first element of a page on that path."""
    element = parse(text).find(path)
    assert element is not None, f"the page has no {path}"
    return element


def links(text: str) -> list[str | None]:
    """Return where the links lead that a page has between its header and its footer."""
    return [link.get("href") for link in find(text, ".//main").iter("a")]


def shown(text: str) -> str:
    """Return a page's text, without its head, as a visitor reads it."""
    return text_of(find(text, "body"))


def heading(text: str) -> str:
    """Return the text of a page's h1."""
    return text_of(find(text, ".//h1"))


def rows(text: str) -> list[list[str]]:
    """Return the rows of a page's table, each as the texts of its cells."""
    return [[text_of(cell) for cell in row] for row in find(text, ".//table/tbody")]


def title(text: str) -> str:
    """Return a page's title."""
    return text_of(find(text, ".//title"))


def typed_name(text: str) -> str | None:
    """Return what stands in the field for the name."""
    return find(text, ".//input[@name='name']").get("value")


def name_error(text: str) -> str:
    """Return what is said beside the field for the name."""
    return field_error(text, "name")


def field_error(text: str, name: str) -> str:
    """Return what is said beside the field of that name."""
    field = find(text, f".//input[@name='{name}']")
    if field.get("aria-invalid") != "true":
        return ""
    error = field.get("aria-describedby", "").split()[-1]  # after the hint
    return text_of(find(text, f".//*[@id='{error}']"))


def notices(text: str) -> list[tuple[str, str]]:
    """Return what a page says was done or not, each with its tone."""
    found = parse(text).iter("p")
    classes = [(element.get("class", "").split(), text_of(element)) for element in found]
    return [(names[-1], said) for names, said in classes if names[:1] == ["notice"]]


def form_token(text: str) -> str:
    """Return the token in a page's form."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', text)
    assert found, text
    return found[1]
