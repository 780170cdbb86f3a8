"""A session of psql, which takes SQL step by step, and all of it or nothing."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from safe_schema.copies import clients

DONE = "flasky-done"
# Of what pg_restore's script begins with, psql shows results and notices.
BEGIN = r"""
\o /dev/null
SET client_min_messages = warning;
SET idle_in_transaction_session_timeout = 0;
"""


class Psql:
    """A session. It ends with the block, and what was not committed by then is rolled back."""

    def __init__(self, program: str, where: str, environment: Mapping[str, str]) -> None:
        self.program = program
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the session
        self.process = subprocess.Popen(  # noqa: S603  # found by `clients.find`
            [
                program,
                *("--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"),
                f"--dbname={where}",
            ],
            env=os.environ | dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        assert self.process.stdin  # noqa: S101
        assert self.process.stdout  # noqa: S101
        self.sent, self.said = self.process.stdin, self.process.stdout

    def __enter__(self) -> Self:
        self._send(BEGIN)
        return self

    def run(self, sql: str) -> None:
        """Run statements. Raise CommandError with what the server says if one fails."""
        self._send(f"{sql}\n\\echo {DONE}\n")
        while (line := self.said.readline()).strip() != DONE.encode():
            if not line:  # the end
                raise self._failed()

    def run_output_of(self, command: Sequence[str]) -> None:
        """Run what a program prints. Raise CommandError if either fails."""
        with tempfile.TemporaryFile() as errors:
            program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)  # noqa: S603  # found by `clients.find`
            assert program.stdout  # noqa: S101
            try:
                with program:
                    shutil.copyfileobj(program.stdout, self.sent)
            except BrokenPipeError:
                raise self._failed() from None
            finally:
                program.kill()
            if program.returncode:
                errors.seek(0)
                raise clients.failed(command[0], errors.read())
        self.run("")

    def _send(self, text: str) -> None:
        try:
            self.sent.write(text.encode())
            self.sent.flush()
        except BrokenPipeError:
            raise self._failed() from None

    def _failed(self) -> Exception:
        self.process.wait()
        self.errors.seek(0)
        return clients.failed(self.program, self.errors.read())

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if error:
            self.process.kill()
        with suppress(BrokenPipeError):
            self.sent.close()
        self.process.wait()
        self.said.close()
        self.errors.close()
