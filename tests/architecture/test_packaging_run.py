"""`packaging/run`: the real script, in a tree of its own with stand-ins for the programs that it calls."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"
APT_GET = """#!/bin/sh
echo "$*" >> "$APT_CALLS"
case "$1" in update) exit 0 ;; *) exit 100 ;; esac
"""
pytestmark = pytest.mark.skipif(not Path("/usr/bin/dpkg-query").exists(), reason="not a Debian or Ubuntu")


class Tree:
    """A checkout whose environment is already set up, with stand-ins for apt-get and for the tools of .venv."""

    def __init__(self, root: Path) -> None:
        self.root, self.apt_calls = root, root / "apt-calls"
        (root / "packaging").mkdir()
        for name in ("run", "constraints.txt"):
            shutil.copy(PACKAGING / name, root / "packaging" / name)
        (root / "packaging" / "system-packages.txt").touch()
        (root / "pyproject.toml").touch()
        (root / ".venv" / "bin").mkdir(parents=True)
        (root / ".venv" / "bin" / "python").symlink_to(sys.executable)
        stamp = "cat pyproject.toml packaging/constraints.txt packaging/run | cksum | tr -d '\\n' > .venv/.doorward"
        subprocess.run(["sh", "-c", stamp], cwd=root, check=True)
        (root / "bin").mkdir()
        self.write_program("bin/apt-get", APT_GET)
        self.write_program("bin/apt-cache", "#!/bin/sh\nexit 1\n")
        self.write_program("bin/sudo", '#!/bin/sh\nexec "$@"\n')

    def write_program(self, name: str, text: str) -> None:
        """Write an executable file."""
        (self.root / name).write_text(text)
        (self.root / name).chmod(0o755)

    def require(self, *packages: str) -> None:
        """Name the system packages that every command needs."""
        lines = [f"base {name} -- a test\n" for name in packages]
        (self.root / "packaging" / "system-packages.txt").write_text("".join(lines))

    def run(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run `packaging/run`."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
        environment |= {
            "PATH": f"{self.root}/bin:{os.environ['PATH']}",
            "APT_CALLS": str(self.apt_calls),
            **more,
        }
        command = ["sh", "packaging/run", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )

    def set_up(self, **more: str) -> tuple[str, list[str]]:
        """Run `packaging/run setup`. Return its stderr, and the calls of apt-get."""
        self.apt_calls.write_text("")
        result = self.run("setup", **more)
        assert result.returncode == 0, result.stderr
        return result.stderr, self.apt_calls.read_text().splitlines()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_what_could_not_be_installed_is_said_in_a_line_and_not_tried_again(tree: Tree) -> None:
    tree.require("doorward-none-a", "doorward-none-b")
    messages, apt_calls = tree.set_up()
    assert "could not be installed" in messages
    assert apt_calls[0].startswith("update")
    assert [line.split()[-1] for line in apt_calls[-2:]] == ["doorward-none-a", "doorward-none-b"], (
        "each by itself"
    )
    for _ in range(2):
        messages, apt_calls = tree.set_up()
        assert messages.splitlines() == [
            "Not to be had here (DOORWARD_APT_AGAIN=1 tries again): doorward-none-a doorward-none-b"
        ]
        assert apt_calls == []


def test_a_person_who_asks_for_it_has_it_tried_again(tree: Tree) -> None:
    tree.require("doorward-none-a")
    tree.set_up()
    assert tree.set_up(DOORWARD_APT_AGAIN="1")[1]
    assert not tree.set_up()[1]


def test_another_set_is_tried_and_a_smaller_one_is_not(tree: Tree) -> None:
    tree.require("doorward-none-a")
    tree.set_up()
    tree.require("doorward-none-a", "doorward-none-b")
    assert tree.set_up()[1]
    tree.require("doorward-none-b")
    assert not tree.set_up()[1]


def test_a_wish_for_no_apt_is_kept(tree: Tree) -> None:
    tree.require("doorward-none-a")
    messages, apt_calls = tree.set_up(DOORWARD_NO_APT="1")
    assert (messages, apt_calls) == ("Missing system packages: doorward-none-a\n", [])


TOOLS = ("ruff", "mypy", "lint-imports")


@pytest.fixture
def with_tools(tree: Tree) -> Tree:
    """Add tools that print their arguments, and fail if the file `NAME-fails` is there."""
    for name in TOOLS:
        tree.write_program(f".venv/bin/{name}", f'#!/bin/sh\necho "{name} $*"\n[ ! -e {name}-fails ]\n')
    (tree.root / "tests" / "architecture").mkdir(parents=True)
    (tree.root / "tests" / "architecture" / "measures.py").write_text('print("measures")\n')
    return tree


def test_check_runs_every_tool_even_where_one_fails_and_sums_up(with_tools: Tree) -> None:
    (with_tools.root / "ruff-fails").touch()
    result = with_tools.run("check")
    assert result.returncode == 1
    assert [line.split() for line in result.stdout.splitlines()[-5:]] == [
        ["ruff", "format", "FAILED"],
        ["ruff", "check", "FAILED"],
        ["mypy", "ok"],
        ["import", "contracts", "ok"],
        ["measures", "ok"],
    ]


def test_check_succeeds_when_every_tool_does(with_tools: Tree) -> None:
    assert with_tools.run("check").returncode == 0


def test_check_of_paths_runs_the_tools_that_take_paths(with_tools: Tree) -> None:
    lines = with_tools.run("check", "hub_sync/client", "tests/hub_sync").stdout.splitlines()
    assert [line for line in lines if line.startswith(TOOLS) and "/" in line] == [
        "ruff format --check hub_sync/client tests/hub_sync",
        "ruff check hub_sync/client tests/hub_sync",
        "mypy hub_sync/client tests/hub_sync",
    ]
    assert "measures" not in lines


def test_fix_repairs_lint_and_formats(with_tools: Tree) -> None:
    assert with_tools.run("fix").stdout.splitlines() == ["ruff check --fix .", "ruff format ."]
    assert with_tools.run("fix", "tests").stdout.splitlines() == [
        "ruff check --fix tests",
        "ruff format tests",
    ]
    (with_tools.root / "ruff-fails").touch()
    assert with_tools.run("fix").returncode == 1
