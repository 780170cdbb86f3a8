"""Write what config.py says of each setting into .env.example and docs/configuration.md.

`make settings` does so after a change; a test fails while they differ.
"""

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import Any

import settings
from config import list_settings
from settings import BASEDIR, Setting

CONFIG = BASEDIR / "config.py"
EXAMPLE = BASEDIR / ".env.example"
TABLE = BASEDIR / "docs/configuration.md"
BEGIN, END = "<!-- what `make settings` writes -->\n", "<!-- its end -->\n"

HEAD_OF_EXAMPLE = """\
# Copy this file to .env, and take the # from the lines that you change.
# docs/configuration.md says more about each of them.

# development, testing or production
#FLASK_CONFIG=development
"""
HEAD_OF_TABLE = "| variable | type | default | meaning |\n|---|---|---|---|\n"

# What an operator calls that which each of these functions reads.
TYPES: dict[Callable[..., object], str] = {
    Path: "path",
    str: "text",
    settings.read_address: "email address",
    settings.read_boolean: "boolean",
    settings.read_choice: "choice",
    settings.read_contact: "email address or URL",
    settings.read_number: "number",
    settings.read_database_url: "database URL",
    settings.read_host: "host name",
    settings.read_hosts: "list of host names",
    settings.read_line: "text",
    settings.read_list: "list",
    settings.read_port: "port",
    settings.read_rates: "rates",
    settings.read_url: "URL",
    settings.read_origins: "list of URLs",
}


def compose_texts() -> dict[Path, str]:
    """Return what is to stand in each of the files."""
    before, _, rest = TABLE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    documented = list(zip(list_settings(), find_docs(), strict=True))
    examples = "".join(format_example(setting, doc) for setting, doc in documented)
    rows = "".join(format_row(setting, doc) for setting, doc in documented)
    return {
        EXAMPLE: f"{HEAD_OF_EXAMPLE}{examples}",
        TABLE: f"{before}{BEGIN}{HEAD_OF_TABLE}{rows}{END}{after}",
    }


def find_docs() -> Iterator[str]:
    """Return the text below each setting in config.py, in their order."""
    for statement in ast.parse(CONFIG.read_text(encoding="utf-8")).body:
        for pair in pairwise(getattr(statement, "body", [])):
            match pair:
                case (
                    ast.Assign(value=ast.Call(func=ast.Name("Setting"))),
                    ast.Expr(ast.Constant(str(doc))),
                ):
                    yield " ".join(doc.split())


def format_example(setting: Setting[Any], doc: str) -> str:
    """Return the lines of a setting in .env.example."""
    comment = fill(f"# {doc} ({name_type(setting)})", 100, subsequent_indent="# ")
    return f"\n{comment}\n#{setting.variable}={setting.default}\n"


def format_row(setting: Setting[Any], doc: str) -> str:
    """Return the row of a setting in the table."""
    default = f"`{setting.default}`" if setting.default else "none"
    return f"| `{setting.variable}` | {name_type(setting)} | {default} | {doc} |\n"


def name_type(setting: Setting[Any]) -> str:
    """Return what an operator calls what the setting reads."""
    return TYPES[getattr(setting.read, "func", setting.read)]


if __name__ == "__main__":
    for path, text in compose_texts().items():
        path.write_text(text, encoding="utf-8")
