"""The beginning of a text, where a title or a description is wanted."""

from app.board.texts import CHARACTER

LONGEST_CHARACTER = 10  # code points: an accent can be piled on another without end
ELLIPSIS = "…"


def excerpt(text: str, most: int) -> str:
    """Return a text in one line, with so many characters at most, as people count them."""
    line = " ".join(text.split())
    end = 0
    for length, character in enumerate(CHARACTER.finditer(line), 1):
        if length > most or character.end() > most * LONGEST_CHARACTER:
            return line[:end].rstrip() + ELLIPSIS
        if length < most:
            end = character.end()
    return line
