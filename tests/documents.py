"""Following a document as its reader would: its blocks are typed into a terminal, in order.

- ```` ```console ````: `$` begins what is typed into bash, `>>>` what is typed into Python. What is
  printed stands below, where the document shows it; `...` there stands for anything.
- ```` ```python ````: a script, which is run.
- ```` ```diff ````: it is given to `git apply`.
- `<!-- file: NAME -->` before a block of any language: it is written to that file.
- `<!-- left running: REASON -->`: a server in another terminal, for what stands below it.
- `<!-- not run: REASON -->`: nobody runs it here.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pexpect

from tests.commands import ROOT, flask, run
from tests.servers import free_port, stop, wait_for

BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[a-z ]+): (?P<note>[^\n]+) -->\n)?"
    r"```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# Its parts are followed in copies of their own, by tests/test_make_it_yours.py.
IN_PARTS = ROOT / "docs/make-it-yours.md"
# It changes a whole machine, so tools/try_deploying.py follows it in one of its own.
ON_A_MACHINE = ROOT / "docs/deploying.md"
RUN = {"console", "diff", "python"}
STEP = re.compile(r"^(\$|>>>|\.\.\.|\?) (.+)\n((?:(?!\$ |>>> |\.\.\. |\? ).*\n)*)", re.MULTILINE)
PROMPT = re.compile(r"(?:\A|(?<=\n))(?:\$|>>>|\.\.\.) \Z| \[y/N\]: \Z")
SERVER = re.compile(r"(make run|\S*flask run|python -m deploy\.granian|flask mail worker)\b")
READY = re.compile(r"(?i)ctrl\+c|listening at")
# What is another one each time: revisions, and moments.
VARYING = re.compile(
    r"((?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])|\d{8}T\d{6}\.\d{6}|20\d\d-\d\d-\d\d \d\d:\d\d:\d\d)"
)
NOT_COPIED = (
    ".git",
    ".venv*",
    ".*_cache",
    ".coverage*",
    ".env",
    "*.sqlite*",
    "instance",
    "node_modules",
    "screenshots",
)
GREET_JOHN = """
from app.main.greeting import greet
from flasky import app

with app.app_context():
    greet("john")
    greet("john")
"""
LEFT_OUT = re.compile(r"INFO .* (Context impl|Will assume|Generating static) .*\n")


class Block(NamedTuple):
    """A block of a document. The mark says what to do with it, if not what its language says."""

    mark: str
    note: str
    language: str
    text: str


def blocks(document: Path) -> list[Block]:
    """Return the blocks that have a language, in order."""
    return blocks_of(document.read_text())


def blocks_of(text: str) -> list[Block]:
    """Return the blocks in a part of a document."""
    return [Block(*match.groups("")) for match in BLOCK.finditer(text)]


def documents() -> list[Path]:
    """Return the documents that have something to follow."""
    pages = [*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")]
    return sorted(page for page in pages if blocks(page))


def steps(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each prompt, what is typed there, and what the document shows below it."""
    text = re.sub(r"\\\n +", "", text)
    text = text.replace(" [y/N]: ", "\n? ")
    for step in STEP.finditer(text):
        yield step[1], step[2], step[3].strip()


def copy_flasky(folder: Path) -> None:
    """Copy Flasky into a folder, as it is after `make run`, and after john said his name twice."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True)
    (folder / ".venv").symlink_to(sys.prefix)
    for lock in folder.glob("requirements*.txt"):
        os.utime(lock, (0, 0))  # older than the environment, in which it is installed
    settings = {
        "DEV_DATABASE_URL": f"sqlite:///{folder}/data-dev.sqlite",
        "FLASK_CONFIG": "development",
        "FLASK_RUN_FROM_CLI": "true",
        "FLASK_SKIP_DOTENV": "1",
    }
    flask("--app", "flasky", "db", "upgrade", **settings)
    greeted = run("-c", GREET_JOHN, **settings)
    assert greeted.returncode == 0, greeted.stderr


class Reader:
    """Somebody at a terminal, in a checkout whose environment is active."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = str(free_port())
        self.servers: list[subprocess.Popen[bytes]] = []
        # What is known of what varies: the document's own, and what it is here.
        self.known = {
            path.name[:12]: path.name[:12] for path in folder.glob("migrations/versions/*.py")
        }
        # Not of whoever runs the tests: what `make` was asked for, and that lines are counted.
        own = {key: os.environ[key] for key in os.environ if not key.startswith(("MAKE", "COV"))}
        own.pop("FLASK_SKIP_DOTENV", None)  # a reader has no other settings than a document's
        self.environment = own | {
            "PATH": f"{folder}/.venv/bin:{os.environ['PATH']}",
            "PS1": "$ ",
            "TERM": "dumb",
            "PYTHON_BASIC_REPL": "1",
            "EDITOR": "true",
            "ARGS": "tests/test_docs.py",  # for `make test`
            "VIRTUAL_ENV_DISABLE_PROMPT": "1",
            **dict.fromkeys(["PORT", "FLASK_RUN_PORT", "GRANIAN_PORT"], self.port),
        }
        self.terminal = pexpect.spawn(
            "bash",
            ["--norc", "--noprofile", "--noediting"],
            cwd=folder,
            encoding="utf-8",
            env=self.environment,
            dimensions=(24, 1000),
            echo=False,
            timeout=60,
        )
        self.read()

    def close(self) -> None:
        """Close the terminals, which ends whatever runs in them."""
        self.terminal.close(force=True)
        for server in self.servers:
            stop(server)

    def follow(self, block: Block) -> None:
        """Do what the block says."""
        if block.mark == "file":
            self.write(block.note, self.localized(block.text))
        elif block.mark == "not run" or block.language not in RUN:
            pass
        elif block.mark == "left running":
            for _, typed, _ in steps(block.text):
                self.leave_running(typed)
        elif block.language == "diff":
            self.apply(block.text)
        elif block.language == "python":
            (self.folder / "block.py").write_text(block.text)
            self.take("$", "python block.py", "")
        else:
            for step in steps(self.localized(block.text)):
                self.take(*step)

    def write(self, name: str, text: str) -> None:
        """Write a file, in a new folder if need be."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def apply(self, diff: str) -> None:
        """Change files as a diff says. Fail if they are not what it begins with."""
        command = ["git", "apply", "--whitespace=error-all"]
        applied = subprocess.run(
            command, cwd=self.folder, input=diff, capture_output=True, text=True, check=False
        )
        assert applied.returncode == 0, applied.stderr + diff

    def localized(self, text: str) -> str:
        """Return a text of the document with the folder and the port of this reader."""
        text = re.sub(r"(127\.0\.0\.1|localhost):[58]000", rf"\1:{self.port}", text)
        return text.replace("/home/john/flasky", str(self.folder))

    def take(self, prompt: str, typed: str, shown: str) -> None:
        """Type a line, and look at what is printed."""
        for name, value in self.known.items():
            typed = typed.replace(name, value)
        if prompt == "$":
            printed = self.command(typed, fails="Error:" in shown)
        else:
            printed = self.type(typed)
        if shown or prompt != "$":  # what a command prints may be left out
            self.compare(typed, shown, printed)

    def command(self, typed: str, *, fails: bool) -> str:
        """Run a command that succeeds, or fails, and return what it prints."""
        if self.prompt == ">>> ":
            self.terminal.sendeof()
            self.read()
        if SERVER.match(typed):
            return self.serve(typed)
        printed = self.type(typed)
        if self.prompt == "$ ":
            assert (self.type("echo $?") != "0") == fails, f"$ {typed}\n{printed}"
        return printed

    def type(self, line: str) -> str:
        """Type a line, and return what is printed up to the next prompt."""
        self.terminal.sendline(line)
        return self.read().removeprefix(line).strip()

    def read(self) -> str:
        """Return what is printed up to the next prompt."""
        self.terminal.expect(PROMPT)
        self.prompt = str(self.terminal.after)
        return LEFT_OUT.sub("", re.sub(r"\r+\n", "\n", str(self.terminal.before)))

    def leave_running(self, command: str) -> None:
        """Start a server that runs until the reader is done."""
        server = subprocess.Popen(
            command.split(),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.servers.append(server)
        wait_for(int(self.port))

    def serve(self, command: str) -> str:
        """Start a server, ask it for a page, and stop it. Return what it says when it is ready."""
        self.terminal.sendline(command)
        assert self.terminal.expect([READY, PROMPT]) == 0, self.terminal.before
        said = f"{self.terminal.before}{self.terminal.after}{self.terminal.readline()}"
        if "worker" not in command:
            self.ask_for_a_page()
        # Ctrl+C would reach the workers of Granian's own command, too: see tools/serve.py.
        os.kill(os.tcgetpgrp(self.terminal.child_fd), signal.SIGTERM)
        self.read()
        return said.strip()

    def ask_for_a_page(self) -> None:
        """Fail if the server cannot answer. A site need not know this name of it."""
        wait_for(int(self.port))
        connection = http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=30)
        with closing(connection):
            connection.request("GET", "/")
            assert connection.getresponse().status in {200, 400}

    def compare(self, typed: str, shown: str, printed: str) -> None:
        """Fail if not that is printed which is shown. Learn what varies."""
        pieces = VARYING.split(shown)
        names = pieces[1::2]
        pieces[::2] = [re.escape(piece).replace(r"\.\.\.", ".*") for piece in pieces[::2]]
        pieces[1::2] = [f"({self.known.get(name) or VARYING.pattern[1:-1]})" for name in names]
        found = re.fullmatch("".join(pieces), printed, re.DOTALL)
        assert found, f"{typed}\nis shown as\n{shown}\nand printed as\n{printed}"
        self.known.update(zip(names, found.groups(), strict=True))
