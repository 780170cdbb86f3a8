"""What is compiled once for all tests of a process: nearly every test makes an application."""

from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.engine.default import DefaultDialect
from werkzeug.routing import Rule

from app import db

compile_builder = Rule._compile_builder  # noqa: SLF001
BUILDERS: dict[tuple[str, str, bool], Callable[..., tuple[str, str]]] = {}
TEMPLATES: dict[tuple[str, str], CodeType] = {}
STATEMENTS: dict[Any, Any] = {}


class KeptTemplates(BytecodeCache):
    """What templates have been compiled to, by their names and contents."""

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = TEMPLATES.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        TEMPLATES[bucket.key, bucket.checksum] = bucket.code


def keep_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an application find what another one has compiled: routes, templates, and statements."""
    monkeypatch.setattr(Rule, "_compile_builder", compile_once)
    monkeypatch.setitem(Flask.jinja_options, "bytecode_cache", KeptTemplates())
    monkeypatch.setitem(db._engine_options, "execution_options", {"compiled_cache": STATEMENTS})  # noqa: SLF001
    # A statement is kept with its engine's dialect; all of a kind speak to one server here.
    monkeypatch.setattr(DefaultDialect, "__eq__", is_alike)
    monkeypatch.setattr(DefaultDialect, "__hash__", lambda dialect: hash(type(dialect)))


def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002
    """Compile what builds the address of a route once, as half of making an application is that."""
    key = (rule.rule, repr(rule.defaults), append_unknown)
    if key not in BUILDERS:
        BUILDERS[key] = compile_builder(rule, append_unknown)
    return BUILDERS[key]


def is_alike(dialect: object, other: object) -> bool:
    return type(dialect) is type(other)
