"""The house's walls: who may import whom, and what stays in one room."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tipline"

# From the ground up; a module imports from its own floor and those below it.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "paths", "vocabularies"),
    ("sealing", "storage", "sandbox", "models"),
    ("db",),
    ("config",),
    ("core",),
    ("mail",),
    ("spool",),
    ("jobs",),
    ("web", "worker"),
    ("create_app",),
    ("commands",),
    ("demo",),
    ("cli",),
)
# Modules that stand beside the folders of DESIGN.md, by the floor they belong to.
ROOMS = {
    "": "create_app",
    "child_process": "paths",
    "providers": "db",
    "mail_settings": "config",
    "resources": "config",
    "server": "commands",
    "bind_address": "commands",
    "front": "commands",
    "networks": "paths",
    "supervisor": "commands",
    "reindex": "commands",
    "doctor": "commands",
    "setup": "commands",
    "config_sample": "commands",
    "cache": "db",
    "migrations": "models",
    "schema": "db",
    "__main__": "cli",
}
# The rooms of core from the ground up, below them what stands in core itself: the same holds for them.
CORE = (
    ("text", "counts"),
    ("fact_extraction", "callouts"),
    ("accounts", "tips"),
    ("readers", "facts", "tags"),
    ("consent", "filters", "files"),
    ("search", "spam"),
    ("results",),
    ("similar",),
    ("merge", "related"),
    ("triage",),
    ("inbox", "outgoing_mail"),
    ("replies", "presence"),
    ("quotes",),
    ("outbox",),
    ("bulk", "tip_page"),
    ("intake",),
    ("mailboxes",),
    ("desk", "retention"),
)
# The same of web, whose forms stand on its ground; readers' pages know nothing of the desk.
WEB = (("public",), ("desk",), ("callouts", "numbers"))
# A library that one part of the house keeps to itself.
KEPT = {
    "flask": ("web", "create_app", "commands"),  # commands: the server names the type
    "flask_login": ("web", "create_app"),
    "flask_babel": ("web", "create_app"),
    "werkzeug": ("web", "create_app"),
    "wtforms": ("web/forms",),
    "multipart": ("web",),
    "click": ("cli",),
    "imapclient": ("mail",),
    "smtplib": ("mail",),
    "uvicorn": ("commands",),
}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "migrations" not in p.parts)


def room(name: str) -> str:
    """The floor's name of a dotted module."""
    first = name.removeprefix("tipline").lstrip(".").partition(".")[0]
    return ROOMS.get(first, first)


def floor(name: str) -> int:
    return next(n for n, rooms in enumerate(FLOORS) if room(name) in rooms)


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            if node.module in ("tipline", "tipline.core", "tipline.web"):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module or ""


def all_imports() -> Iterator[tuple[Path, int, str]]:
    yield from ((path, line, name) for path in MODULES for line, name in imports(path))


# Tests of core whose subject lies across modules, or is a promise rather than a module.
ACROSS_MODULES = {
    "callouts/test_callout_life.py",
    "fact_extraction/test_bounds.py",
    "fact_extraction/test_marked.py",
    "fact_extraction/test_values.py",
    "facts/test_fact_filters.py",
    "inbox/test_many_tips.py",
    "merge/test_merging.py",
    "test_guessers.py",
    "test_plans.py",
    "test_seized.py",
    "test_windows.py",
}


def test_imports_run_downward_only() -> None:
    upward = []
    for path, line, name in all_imports():
        target = "tipline" if name in ("tipline.create_app", "tipline.__version__") else name
        if name.split(".")[0] == "tipline" and floor(target) > floor(dotted(path)):
            upward.append(f"{dotted(path)}:{line} imports {name}, which stands above it")
    assert upward == []


def folders(house: str) -> set[str]:
    return {path.parent.name for path in (PACKAGE / house).glob("*/__init__.py")}


def test_each_folder_of_core_and_web_has_its_floor() -> None:
    assert folders("core") == {room for rooms in CORE for room in rooms}
    assert folders("web") == {room for rooms in WEB for room in rooms} | {"forms"}


@pytest.mark.parametrize(("house", "floors"), [("tipline.core.", CORE), ("tipline.web.", WEB)])
def test_within_a_house_too_imports_run_downward_only(house: str, floors: tuple[tuple[str, ...], ...]) -> None:
    """What stands in no room of it is its ground: it imports from no room."""
    heights = {room: height for height, rooms in enumerate(floors) for room in rooms}

    def inner(name: str) -> str:
        return name.removeprefix(house).partition(".")[0] if name.startswith(house) else ""

    beside = [
        f"{dotted(path)}:{line} imports {name}, which does not stand below it"
        for path, line, name in all_imports()
        if dotted(path).startswith(house) and inner(name) in heights and inner(name) != inner(dotted(path))
        if heights[inner(name)] >= heights.get(inner(dotted(path)), -1)
    ]
    assert beside == []


def test_a_library_stays_in_its_room() -> None:
    strayed = []
    for path, line, name in all_imports():
        here, place = dotted(path), path.relative_to(PACKAGE).parent.as_posix()
        rooms = KEPT.get(name.split(".")[0])
        if rooms is not None and room(here) not in rooms and place not in rooms:
            strayed.append(f"{here}:{line} imports {name}")
    assert strayed == []


def test_core_never_commits() -> None:
    commits = [
        f"{dotted(path)}:{node.lineno} commits"
        for path in MODULES
        if "core" in path.parts
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert commits == []


def test_sql_stands_in_core_and_the_database_only() -> None:
    statements = [
        f"{dotted(path)}:{line} imports {name}"
        for path, line, name in all_imports()
        if room(dotted(path)) not in ("core", "models", "db", "config", "demo", "commands")
        if name.startswith("sqlalchemy") and name != "sqlalchemy.exc"  # to know an error is no query
    ]
    assert statements == []


def test_no_import_hides_in_a_function() -> None:
    """But for the factory's: who imports `tipline.mail` for a parser should not load a web server with it; and
    that of the migrations, which a process in service has no room for."""
    hidden = [
        f"{dotted(path)}:{inner.lineno}"
        for path in MODULES
        if dotted(path) not in ("tipline", "tipline.cli.base", "tipline.cli.startup")
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith("tipline")
    ]
    assert hidden == []


def _names(room: Path) -> set[str]:
    """What a test in a room of core may be named after: the room, its modules and the rooms in it."""
    return {room.name} | {p.stem for p in room.glob("*.py")} | {p.parent.name for p in room.glob("*/__init__.py")}


def test_tests_of_core_stand_in_the_room_that_they_test_and_bear_its_name_or_that_of_a_module() -> None:
    """`test_search.py`, or `test_search_rights.py` for a part of it."""
    tests, core, lost = PACKAGE.parent / "tests" / "core", PACKAGE / "core", set()
    for path in tests.rglob("test_*.py"):
        place, name = path.relative_to(tests), path.stem.removeprefix("test_")
        names = _names(core / place.parent) if (core / place.parent / "__init__.py").exists() else set()
        if not any(name == one or name.startswith(f"{one}_") for one in names):
            lost.add(place.as_posix())
    assert lost == ACROSS_MODULES


def test_the_top_level_holds_what_the_design_says_and_no_more() -> None:
    allowed = {"pyproject.toml", "README.md", "LICENSE", "config.example.toml", "tipline", "templates", "tests"}
    found = {p.name for p in PACKAGE.parent.iterdir() if not p.name.startswith(".")}
    made = {"uv.lock", "demo", "data", "config.toml", "tipline.key", "dist", "pictures"}  # ignored by git
    assert found - made == allowed
