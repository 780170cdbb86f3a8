"""A Python prompt, typed into as a person does."""

import os
import sys

import pexpect

from tests.commands import ROOT


class Shell:
    """A Python prompt on a pseudo-terminal."""

    def __init__(self, *command: str) -> None:
        environment = os.environ | {"TERM": "dumb", "PYTHON_BASIC_REPL": "1"}
        self.terminal = pexpect.spawn(
            sys.executable,
            ["-m", *command],
            cwd=ROOT,
            encoding="utf-8",
            env=environment,
            dimensions=(24, 1000),
            echo=False,
            timeout=60,
        )
        self.banner = self.read()

    def close(self) -> None:
        """Leave it, as with Ctrl+D."""
        if self.terminal.closed:
            return
        self.terminal.sendeof()
        self.terminal.expect(pexpect.EOF)
        self.left = str(self.terminal.before)
        self.terminal.close()

    def read(self) -> str:
        """Return what is printed up to the next prompt."""
        self.terminal.expect(r"(?m)^(\S+ )*(>>>|\.\.\.) $")
        self.prompt = str(self.terminal.after)
        return str(self.terminal.before).replace("\r\n", "\n").strip()

    def type(self, line: str) -> str:
        """Type a line, and return what it prints."""
        self.terminal.sendline(line)
        return self.read().removeprefix(line).strip()
