"""Templates of pages, compiled once for each language: what is the same on every page of a language is worked out then.

`_('Close')` becomes the word itself, and so do the address of an asset and an icon whose names stand in the template. A
page of the desk has some hundred of them; to look each up on every request took as long as all else in its template.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from flask.templating import Environment
from flask_babel import get_locale, get_translations
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

GETTEXT = frozenset({"_", "gettext"})
CONSTANT = frozenset({"asset", "icon"})  # globals that give the same for the same arguments, as long as a process runs


class PageEnvironment(Environment):
    """The application's own stands for the language of the request; templates are compiled in one for each language."""

    language = ""  # of a compiling one
    autoescape: Any

    def _load_template(self, name: str, globals: Any) -> Template:
        if not self.language:
            return self._of_language(str(get_locale() or "en"))._load_template(name, globals)
        return super()._load_template(name, globals)

    def _of_language(self, language: str) -> "PageEnvironment":
        languages: dict[str, PageEnvironment] = self.__dict__.setdefault("languages", {})
        if language not in languages:
            languages[language] = self.overlay()
            languages[language].language = language
        return languages[language]

    def _generate(self, source: nodes.Template, name: Any, filename: Any, defer_init: bool = False) -> str:
        if self.language:
            _Constants(self, nodes.EvalContext(self, name).autoescape).visit(source)
        return super()._generate(source, name, filename, defer_init)


class _Constants(NodeTransformer):
    """Puts the value in the place of each call that is the same for every request in a language."""

    def __init__(self, environment: PageEnvironment, autoescape: bool) -> None:
        self._environment, self._autoescape = environment, autoescape
        self._translate = get_translations().ugettext

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.dyn_args or node.dyn_kwargs:
            return node
        name = node.node.name
        if name in GETTEXT and len(node.args) == 1 and isinstance(node.args[0], nodes.Const):
            return self._message(node.args[0].value, node)
        if name in CONSTANT and all(isinstance(given, nodes.Const) for given in node.args) and not node.kwargs:
            made = cast(Mapping[str, Callable[..., str]], self._environment.globals)[name]
            return nodes.Const(made(*(given.as_const() for given in node.args)), lineno=node.lineno)
        return node

    def _message(self, text: str, node: nodes.Call) -> nodes.Expr:
        """The translation, with its placeholders filled in when the page is drawn: as jinja2.ext.i18n has it."""
        message = self._translate(text)
        marked = Markup(message) if self._autoescape else message
        if not node.kwargs:
            return nodes.Const(marked % {}, lineno=node.lineno)
        given = [nodes.Pair(nodes.Const(pair.key), pair.value, lineno=node.lineno) for pair in node.kwargs]
        return nodes.Mod(nodes.Const(marked), nodes.Dict(given), lineno=node.lineno)
