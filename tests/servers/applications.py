"""Applications in tests: some thousands, in some hundred processes. What they have in common is made once in a run, and
a password costs little to try."""

import os
from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from tipline.core.accounts import passwords

FOLDER = "TIPLINE_TESTS_FOLDER"  # the run's own, which its processes share

_compiled: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
_compile = Rule._compile_builder
HASHER = passwords._hasher  # that of the program


def _compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What builds a rule's address. Compiling two hundred rules takes half of a test's time."""
    key = (*rule._trace, repr(rule.defaults), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]


class _Templates(FileSystemBytecodeCache):
    """Keeps a template for each language that it was compiled for."""

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        return super().get_bucket(environment, f"{getattr(environment, 'language', '')}:{name}", filename, source)


def share() -> None:
    """From now on no application of this process compiles a rule that another one had, or a template that any other
    process of the run has compiled; and passwords are hashed at the least cost that argon2 takes, which else is 64 MiB
    and a quarter of a second for each sign-in."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    Rule._compile_builder = _compile_once  # type: ignore[method-assign, assignment]
    Flask.jinja_options = {"bytecode_cache": _Templates(os.environ[FOLDER], "%s.template")}
