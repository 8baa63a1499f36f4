"""What applications have in common, made once in a run: tests make some thousands of them, in a hundred processes."""

import os
from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

FOLDER = "TIPLINE_TESTS_FOLDER"  # the run's own, which its processes share

_compiled: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
_compile = Rule._compile_builder


def _compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What builds a rule's address. Compiling two hundred rules takes half of a test's time."""
    key = (*rule._trace, repr(rule.defaults), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]


def share() -> None:
    """From now on no application of this process compiles a rule that another one had, or a template that any other
    process of the run has compiled."""
    Rule._compile_builder = _compile_once  # type: ignore[method-assign, assignment]
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(os.environ[FOLDER], "%s.template")}
