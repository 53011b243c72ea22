"""Every message of the console, as the catalogues must have it: what templates and modules mark for translation."""

import ast
import pickle
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

import hub_sync.hub
from hub_sync.hub.console.i18n.translation import TRANSLATIONS
from tests.support import services

HUB = Path(hub_sync.hub.__file__).parent
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
Message = str | tuple[str, ...]


@cache
def all_messages(root: Path = HUB) -> Mapping[Message, set[str]]:
    """Each message (singular and plural together), and the files that it stands in. All workers share those of the hub."""
    if root != HUB:
        return _read_messages(root)
    stored = services.shared_file("messages.pickle", _store_messages)
    messages: Mapping[Message, set[str]] = pickle.loads(stored.read_bytes())  # noqa: S301 - our own
    return messages


def _store_messages(file: Path) -> None:
    file.write_bytes(pickle.dumps(_read_messages(HUB)))


def _read_messages(root: Path) -> Mapping[Message, set[str]]:
    """Read all modules and templates, which takes five seconds."""
    messages: dict[Message, set[str]] = {}
    for file, message in _messages(root):
        if message and message != ("",):
            messages.setdefault(message, set()).add(file.relative_to(root).as_posix())
    return messages


def missing_in(language: str, folder: Path = TRANSLATIONS) -> set[Message]:
    """The messages that a language's catalogue has no translation for, or a fuzzy one."""
    file = folder / f"{language}.po"
    translated: set[Message] = set()
    if file.exists():
        with file.open("rb") as source:
            for entry in read_po(source, locale=language):
                parts = entry.string if isinstance(entry.string, tuple) else (entry.string,)
                if entry.id and all(parts) and not entry.fuzzy:
                    translated.add(entry.id if isinstance(entry.id, str) else tuple(entry.id))
    return set(all_messages()) - translated


def _messages(root: Path) -> Iterator[tuple[Path, Message]]:
    for file in sorted(root.rglob("*.py")):
        for message in _python_messages(file):
            yield file, message
    options = {
        "trimmed": "true",
        "newstyle_gettext": "true",
        "silent": "false",
        "extensions": "jinja2.ext.do",
    }
    for file in sorted(root.rglob("templates/**/*.html")):
        for _line, message, _comments, _context in extract_from_file(
            "jinja2.ext:babel_extract", file, KEYWORDS, options=options
        ):
            yield file, _plain(message)


def _python_messages(file: Path) -> Iterator[Message]:
    """Yield what a module marks, inside of f-strings too, which Babel does not read before Python 3.12."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in KEYWORDS:
            continue
        places = KEYWORDS[name] or (1,)
        parts = [part.value for part in node.args[: len(places)] if isinstance(part, ast.Constant)]
        if len(parts) == len(places):
            yield _plain(tuple(str(part) for part in parts))


def _plain(message: str | tuple[str | None, ...]) -> Message:
    if isinstance(message, str):
        return message
    parts = tuple(item for item in message if item)
    return parts[0] if len(parts) == 1 else parts
