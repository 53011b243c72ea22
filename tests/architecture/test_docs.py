"""The documents: every path, module, link and command that a Markdown file names exists, and so does every document that the source names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from hub_sync.hub.commands.cli import app as hub_app
from kiosk_app.commands.cli import app as station_app

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]
SOURCES = ("hardware", "hub_sync", "kiosk_app", "packaging", "resources", "tests", "docs")
SHORT_NAMES = {
    "contract": "hub_sync",
    "rules": "hub_sync",
    "client": "hub_sync",
    "kit": "hub_sync.hub",
    "domains": "hub_sync.hub",
}
"""First parts of module names that documents shorten, with the package that they belong to."""
PLACEHOLDER = re.compile(r"\b(?:NAME|NNNN)(?:_[a-z_]+)?\b")
PROGRAMS = {"doorward-hub": hub_app, "doorward-station": station_app}


@pytest.fixture(params=NAMES)
def document(request: pytest.FixtureRequest) -> Path:
    """Each Markdown file in turn."""
    return ROOT / str(request.param)


def code_spans(text: str) -> list[str]:
    """Return the texts between backticks, without those of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^ *```.*?^ *```", "", text))


def code_lines(text: str) -> list[str]:
    """Return the texts between backticks and the lines of indented code."""
    return [*code_spans(text), *re.findall(r"(?m)^    (\S.*)$", text)]


def missing_paths(text: str) -> Iterator[str]:
    """Yield paths and file names in backticks that the tree does not have; NAME, NNNN and `*` stand for any name."""
    for token in (token for span in code_spans(text) for token in span.split()):
        pattern = PLACEHOLDER.sub("*", token).rstrip("/")
        if re.fullmatch(rf"(?:{'|'.join(SOURCES)})/[\w./*-]+", pattern):
            if not any(ROOT.glob(pattern)):
                yield token
        elif re.fullmatch(r"[a-z]\w*\.(?:py|po)", token) and not any(
            next((ROOT / folder).rglob(token), None) for folder in SOURCES
        ):
            yield token


def missing_modules(text: str) -> Iterator[str]:
    """Yield dotted names in backticks whose module, or whose name in the module, does not exist."""
    for span in code_spans(text):
        first, _, rest = span.partition(".")
        if not rest or not re.fullmatch(r"[\w.]+", span) or span.endswith(".py"):
            continue
        if first in SHORT_NAMES:
            span = f"{SHORT_NAMES[first]}.{span}"  # noqa: PLW2901 - the full name of the same module
        elif first not in SOURCES:
            continue
        if not dotted_name_exists(span.split(".")):
            yield span


def dotted_name_exists(parts: list[str]) -> bool:
    """Return True if the parts name a package or module, or a top-level name in one."""
    path = ROOT.joinpath(*parts)
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    *module_parts, name = parts
    module = ROOT.joinpath(*module_parts)
    file = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    return file.is_file() and name in top_level_names(file)


def top_level_names(file: Path) -> set[str]:
    """Return what a module defines or imports at its top level."""
    names: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def missing_link_targets(document: Path) -> Iterator[str]:
    """Yield links whose file or heading does not exist."""
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (heading and heading not in heading_anchors(file)):
            yield target


def heading_anchors(file: Path) -> set[str]:
    """Return the anchors that GitHub gives to a document's headings."""
    headings = re.findall(r"(?m)^#+ +(.+)$", file.read_text())
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def unknown_run_commands(text: str) -> Iterator[str]:
    """Yield commands of packaging/run that its script does not know, and benchmarks that do not exist."""
    script = (ROOT / "packaging" / "run").read_text()
    known = {name for names in re.findall(r"(?m)^  ([a-z|]+)\)", script) for name in names.split("|")}
    for command, argument in re.findall(r"packaging/run ([a-z]+)(?: ([a-z]+(?:\\?\|[a-z]+)*))?", text):
        if command not in known:
            yield command
        if command == "bench":
            for name in re.findall("[a-z]+", argument):
                if not (ROOT / "tests" / "bench" / f"bench_{name}.py").is_file():
                    yield f"bench {name}"


def unknown_program_commands(text: str) -> Iterator[str]:
    """Yield commands and options of doorward-hub and doorward-station that the programs do not have."""
    for line in code_lines(text):
        program, *words = re.sub(r"^.*?(?=doorward-(?:hub|station) )", "", line.split("  #")[0]).split()
        if program not in PROGRAMS:
            continue
        command: Any = typer.main.get_command(PROGRAMS[program])
        context = typer.Context(command)
        while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
            name = words.pop(0)
            if PLACEHOLDER.fullmatch(name):
                break
            names = re.split(r"\\?\|", name)
            subcommands = [command.get_command(context, name) for name in names]
            if None in subcommands:
                yield f"{program} … {names[subcommands.index(None)]}"
                break
            command = subcommands[0]
        else:
            options = {"--help", *(text for parameter in command.params for text in parameter.opts)}
            options |= {text for parameter in command.params for text in parameter.secondary_opts}
            for option in (word.strip("[]") for word in words):
                if option.startswith("--") and option not in options:
                    yield f"{program} … {command.name} {option}"


def test_every_path_that_a_document_names_exists(document: Path) -> None:
    assert list(missing_paths(document.read_text())) == []


def test_every_module_that_a_document_names_exists(document: Path) -> None:
    assert list(missing_modules(document.read_text())) == []


def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    assert list(missing_link_targets(document)) == []


def test_every_packaging_run_command_of_a_document_exists(document: Path) -> None:
    assert list(unknown_run_commands(document.read_text())) == []


def test_every_command_and_option_of_the_programs_in_a_document_exists(document: Path) -> None:
    assert list(unknown_program_commands(document.read_text())) == []


def test_no_document_carries_a_mark_of_unfinished_work(document: Path) -> None:
    assert "<!-- verify" not in document.read_text()


def test_the_index_of_decisions_lists_every_decision_once() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(file.name for file in folder.glob("[0-9]*.md"))


def test_the_glossary_is_alphabetical_and_has_each_word_once() -> None:
    words = re.findall(r"(?m)^- \*\*(.+?)\*\*: \S", (ROOT / "docs" / "glossary.md").read_text())
    order = [word.lower().replace("-", " ") for word in words]
    assert len(words) > 50
    assert order == sorted(set(order))


def test_every_document_that_the_source_names_exists() -> None:
    missing = [
        f"{file.relative_to(ROOT)}: {path}"
        for folder in SOURCES
        for file in (ROOT / folder).rglob("*.py")
        if file != Path(__file__)
        for path in re.findall(r"\bdocs/[\w/-]+\.md\b", file.read_text())
        if not (ROOT / path).is_file()
    ]
    assert missing == []


BROKEN = """
Look into `hub_sync/rules/no_such.py`, `kiosk_app/core/gate.py`, `no_such.py` and `tests/NAME/`.
`rules.no_such`, `hub_sync.rules.admission.no_such` and `rules.admission.decide` decide.

    packaging/run no; packaging/run bench decode|none
    doorward-hub nothing
    doorward-hub serve --never --data DIR
    doorward-station journal verify|never   # a comment

[here](docs/none.md), [there](#heading), [nowhere](#none), [outside](https://example.org/)

# Heading
"""


def test_each_check_finds_what_does_not_exist(tmp_path: Path) -> None:
    document = tmp_path / "broken.md"
    document.write_text(BROKEN)
    assert list(missing_paths(BROKEN)) == ["hub_sync/rules/no_such.py", "no_such.py"]
    assert list(missing_modules(BROKEN)) == ["hub_sync.rules.no_such", "hub_sync.rules.admission.no_such"]
    assert list(missing_link_targets(document)) == ["docs/none.md", "#none"]
    assert list(unknown_run_commands(BROKEN)) == ["no", "bench none"]
    assert list(unknown_program_commands(BROKEN)) == [
        "doorward-hub … nothing",
        "doorward-hub … serve --never",
        "doorward-station … never",
    ]
