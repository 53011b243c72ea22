"""Each measure bites: on a small tree with one offender, and not on the same tree put right."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.measures import (
    LIMITS_NOT_MET,
    MEASURES,
    Result,
    Tree,
    is_forbidden_binding,
    is_imperative,
    main,
)

ROOT = Path(__file__).parents[2]
BY_NAME = {measure.name: measure for measure in MEASURES}

Write = Callable[[dict[str, str]], Tree]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes files and reads them as a project."""

    def write_files(files: dict[str, str]) -> Tree:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Tree(tmp_path)

    return write_files


def take(name: str, tree: Tree) -> Result:
    return BY_NAME[name].take(tree)


def offenders(name: str, tree: Tree) -> list[str]:
    return [str(offender) for offender in take(name, tree).offenders]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("told = 1", "told"),
        ("_held_row = 1", "_held_row"),
        ("for one in range(3): pass", "one"),
        ("rows = [one for one in range(3)]", "one"),
        ("def asked(): pass", "asked"),
        ("def f(given): pass", "given"),
        ("def f(*, made_by=None): pass", "made_by"),
        ("def f(*found, **kept): pass", "found"),
        ("f = lambda seen: seen", "seen"),
        ("with open('x') as shown: pass", "shown"),
        ("import json as said", "said"),
        ("class C:\n    kept: int = 0", "kept"),
        ("class C:\n    def f(self):\n        self.told = 1", "told"),
        ("if (found := f()): pass", "found"),
        ("try:\n    pass\nexcept E as told:\n    pass", "told"),
        ("match f():\n    case [one, *found]:\n        pass", "one"),
        ("def f():\n    def g():\n        told, _ = 1, 2", "told"),
    ],
)
def test_bindings_of_every_kind_are_measured(write: Write, code: str, name: str) -> None:
    assert name in [offender.name for offender in take("bindings", write({"hub_sync/a.py": code})).offenders]


@pytest.mark.parametrize(
    "name", ["last_seen_at", "is_shown", "payload", "oneself", "foundation", "other_one"]
)
def test_standard_names_are_no_offenders(name: str) -> None:
    assert not is_forbidden_binding(name)


def test_bindings_are_a_share_of_all_bindings_in_their_scopes(write: Write) -> None:
    result = take("bindings", write({"tests/a.py": "def f(x):\n    told = x\n    told = 2\ny = told = 3\n"}))

    assert (result.total, len(result.offenders), result.value) == (5, 2, 40)


def test_reading_a_name_is_no_binding(write: Write) -> None:
    assert not offenders("bindings", write({"hub_sync/a.py": "print(told, x.found, f(one=1))"}))


@pytest.mark.parametrize(
    "first", ["What it is.", "Who may.", "Whether it is.", "How much.", "Where to.", "Why."]
)
def test_docstrings_that_begin_with_a_question_word_are_measured(write: Write, first: str) -> None:
    code = f'"""A module."""\n\n\ndef f():\n    """{first}"""\n\n\nclass C:\n    """A class."""\n'

    assert offenders("docstrings", write({"hardware/a.py": code})) == [f"hardware/a.py:5 {first}"]


@pytest.mark.parametrize(
    "sentence", ["Return the row.", "Create it.", "Process a scan.", "Press the key.", "Get it."]
)
def test_imperatives_are_recognised(sentence: str) -> None:
    assert is_imperative(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Returns the row.",
        "A row.",
        "The row.",
        "It is a row.",
        "For tests.",
        "From a file.",
        "`x` of y.",
        "If so.",
        "Making it.",
        "",
    ],
)
def test_other_sentences_are_not_imperative(sentence: str) -> None:
    assert not is_imperative(sentence)


def test_properties_and_tests_need_no_imperative(write: Write) -> None:
    code = '''
@property
def p(self):
    """The row."""
def test_it():
    """A row is there."""
def f():
    """The row."""
'''
    assert offenders("imperative", write({"hub_sync/a.py": code})) == ["hub_sync/a.py:8 f: The row."]


def test_a_test_file_mirrors_a_module_or_a_package(write: Write) -> None:
    tree = write(
        {
            "hub_sync/x/y.py": "",
            "hub_sync/x/z/w.py": "",
            "tests/hub_sync/x/test_y.py": "",
            "tests/hub_sync/x/test_y_with_postgres.py": "",
            "tests/hub_sync/x/test_z.py": "",
            "tests/hub_sync/x/test_y_is_never_sent_twice.py": "",
            "tests/hub_sync/x/test_q.py": "",
            "tests/hub_sync/test_y.py": "",
            "tests/journeys/test_anything_goes.py": "",
            "tests/hub_sync/x/conftest.py": "",
        }
    )
    result = take("tests", tree)

    assert [offender.name for offender in result.offenders] == [
        "test_y.py",
        "test_q.py",
        "test_y_is_never_sent_twice.py",
    ]
    assert result.total == 6


@pytest.mark.parametrize("guard", ["", "if TYPE_CHECKING:\n    ", "def f():\n    "])
def test_a_cycle_between_packages_is_measured(write: Write, guard: str) -> None:
    files = {
        "hub_sync/hub/settings.py": "",
        "hub_sync/hub/app.py": "from hub_sync.hub.kit import db",
        "hub_sync/hub/kit/db.py": "x = 1",
        "hub_sync/hub/kit/lists/query.py": "from ..db import x",
    }
    assert take("cycle-hub", write(files)).value == 0

    files["hub_sync/hub/kit/db.py"] = f"{guard}import hub_sync.hub.settings"
    result = take("cycle-hub", write(files))

    assert result.value == 2
    assert "hub_sync/hub/kit/db.py" in [offender.path for offender in result.offenders]


def test_a_cycle_in_the_station_is_its_own_measure(write: Write) -> None:
    tree = write(
        {"kiosk_app/a/b.py": "import kiosk_app.c.d", "kiosk_app/c/d.py": "from kiosk_app.a import b"}
    )

    assert (take("cycle-kiosk", tree).value, take("cycle-hub", tree).value) == (2, 0)


def test_a_folder_of_more_than_twenty_files_is_flat(write: Write) -> None:
    assert take("flat", write({f"hardware/a/m{number}.py": "" for number in range(20)})).value == 0
    tree = write({"hardware/a/m20.py": "", "hardware/b/m.py": ""})

    assert take("flat", tree).value == pytest.approx(100 * 21 / 22)
    assert take("flat", write({f"x/migrations/versions/m{number}.py": "" for number in range(30)})).value > 0


def test_migrations_do_not_count_as_a_flat_folder(write: Write) -> None:
    files = {f"hub_sync/hub/migrations/versions/m{number}.py": "" for number in range(30)}

    assert take("flat", write(files)).total == 0


def test_a_domain_meets_another_in_its_service_or_in_what_that_one_publishes(write: Write) -> None:
    domains = "hub_sync/hub/domains"
    files = {
        f"{domains}/a/use.py": "from hub_sync.hub.domains.b import service\n"
        "from hub_sync.hub.domains.b.service import f\n"
        "from hub_sync.hub.domains.b.errors import E\n"
        "from hub_sync.hub.domains.b.sync_rows import changes\n"
        "from hub_sync.hub.domains.b.tables import T\n"
        "from hub_sync.hub.domains.a import other\n",
        f"{domains}/a/other.py": "",
        f"{domains}/b/__init__.py": "",
        f"{domains}/b/service.py": "",
        f"{domains}/b/errors.py": "",
        f"{domains}/b/sync_rows.py": "",
        f"{domains}/b/tables.py": "",
    }
    names = [offender.name for offender in take("domains", write(files)).offenders]
    assert names == ["a -> hub_sync.hub.domains.b.sync_rows", "a -> hub_sync.hub.domains.b.tables"]

    files[f"{domains}/b/manifest.py"] = 'PUBLIC = ("sync_rows",)'
    names = [offender.name for offender in take("domains", write(files)).offenders]
    assert names == ["a -> hub_sync.hub.domains.b.tables"]


def test_a_class_name_stands_once(write: Write) -> None:
    tree = write(
        {"hardware/a.py": "class Camera: ...", "kiosk_app/b.py": "class Camera: ...\nclass Gate: ..."}
    )

    assert take("twice", tree).value == 1
    assert sorted(offenders("twice", tree)) == ["hardware/a.py:1 Camera", "kiosk_app/b.py:1 Camera"]


@pytest.mark.parametrize(
    ("name", "is_offender"),
    [
        ("ScanFact", True),
        ("Line", True),
        ("Settings", True),
        ("Pipeline", False),
        ("HubSettings", False),
        ("Outline", False),
    ],
)
def test_class_names_with_two_meanings_are_measured(write: Write, name: str, is_offender: bool) -> None:
    assert bool(offenders("words", write({"hub_sync/a.py": f"class {name}: ..."}))) is is_offender


@pytest.mark.parametrize(
    ("name", "is_offender"),
    [
        ("desk", False),
        ("headers_told", True),
        ("asked", True),
        ("repository", False),
        ("test_desk_found", False),
    ],
)
def test_module_names_that_nobody_searches_for_are_measured(
    write: Write, name: str, is_offender: bool
) -> None:
    assert bool(offenders("modules", write({f"hub_sync/{name}.py": ""}))) is is_offender


def test_short_modules_are_counted(write: Write) -> None:
    tree = write(
        {"hub_sync/a.py": "x = 1\n" * 49, "hub_sync/b.py": "x = 1\n" * 50, "hub_sync/__init__.py": ""}
    )

    assert offenders("short", tree) == ["hub_sync/a.py:49 lines"]


def test_every_measure_has_a_test_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")

    assert [measure.name for measure in MEASURES if f'"{measure.name}"' not in text] == []


def test_check_fails_when_a_value_is_over_its_limit(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.architecture.measures.LIMITS_NOT_MET", {})
    write({"hub_sync/a.py": "payload = 1\n"})
    assert main(["--check"], tmp_path) == 0

    write({"hub_sync/a.py": "told = 1\n"})
    assert main(["--check"], tmp_path) == 1
    assert main([], tmp_path) == 0


def test_json_and_lists_are_printed(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write({"hub_sync/a.py": "told = 1\n", "hardware/b.py": "told = 1\n"})
    main(["--json"], tmp_path)
    assert json.loads(capsys.readouterr().out)["bindings"]["value"] == 100

    main(["--list", "bindings", "hardware/"], tmp_path)
    assert capsys.readouterr().out == "hardware/b.py:1 told\n"


def test_limits_not_met_are_above_what_is_asked() -> None:
    for name, value in LIMITS_NOT_MET.items():
        target = BY_NAME[name].target
        assert target is not None
        assert value > target, f"{name} is met: its line may go"
