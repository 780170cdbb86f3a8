"""The design as docs/design.md has it: its colours can be read, and its components are shown."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "design.md").read_text()
STYLES = {path.name: path.read_text() for path in (ROOT / "app" / "static").glob("*.css")}
PAGES = [
    ROOT / "app/templates/dev/design.html",
    *sorted(ROOT.glob("app/*/templates/*/parts/design.html")),
]

COLOR = re.compile(r"--flasky-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)")
COLORS = {name: (light, dark) for name, light, dark in COLOR.findall(STYLES["flasky.css"])}
ROW = re.compile(
    r"^\| `([\w-]+)` on `([\w-]+)` \| ([\d.]+) \| ([\d.]+) \| (text|line) \|$", re.MULTILINE
)
LEAST = {"text": 4.5, "line": 3.0}  # WCAG 2.2, 1.4.3 and 1.4.11


def luminance(color: str) -> float:
    """Return the relative luminance of a color, as WCAG 2.2 defines it."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(color: str, ground: str) -> float:
    darker, lighter = sorted((luminance(color), luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("color", "ground", "light", "dark", "kind"), ROW.findall(DOCUMENT))
def test_each_colour_has_the_contrast_that_the_document_says(
    color: str, ground: str, light: str, dark: str, kind: str
) -> None:
    for theme, said in enumerate((light, dark)):
        measured = contrast(COLORS[color][theme], COLORS[ground][theme])
        assert f"{measured:.1f}" == said
        assert measured >= LEAST[kind]


def test_the_document_has_every_colour() -> None:
    named = {name for row in ROW.findall(DOCUMENT) for name in row[:2]}
    decorative = {"faint-line"}
    assert named | decorative == COLORS.keys()


def test_the_document_shows_every_component_that_the_page_shows() -> None:
    pages = "".join(page.read_text() for page in PAGES)
    sections = re.findall(r'<section id="([\w-]+)">', pages)
    shown = re.findall(r"images/design/([\w-]+)-light\.png", DOCUMENT)
    assert [name for name in shown if name in sections] == sections
    for name in shown:
        for theme in ("light", "dark"):
            assert (ROOT / "docs" / "images" / "design" / f"{name}-{theme}.png").exists()


def test_colours_are_written_once() -> None:
    elsewhere = {
        (name, color)
        for name, text in STYLES.items()
        for color in re.findall(r"#[0-9a-f]{3,8}\b", COLOR.sub("", text))
    }
    assert elsewhere <= {("codes.css", "#fff")}  # as scanners want it
