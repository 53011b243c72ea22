"""`packaging/run` asks apt once for a package that can't be had, and not at every start.

The script is the real one, in a tree of its own; apt-get is a stand-in that writes down what it was apt_calls for and fails.
"""

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
    """A checkout whose environment stands already."""

    def __init__(self, root: Path) -> None:
        self.root, self.apt_calls = root, root / "apt_calls"
        (root / "packaging").mkdir()
        for name in ("run", "constraints.txt"):
            shutil.copy(PACKAGING / name, root / "packaging" / name)
        (root / "pyproject.toml").touch()
        (root / ".venv" / "bin").mkdir(parents=True)
        (root / ".venv" / "bin" / "python").symlink_to(sys.executable)
        stamp = "cat pyproject.toml packaging/constraints.txt packaging/run | cksum | tr -d '\\n' > .venv/.doorward"
        subprocess.run(["sh", "-c", stamp], cwd=root, check=True)
        (root / "bin").mkdir()
        for name, text in (
            ("apt-get", APT_GET),
            ("apt-cache", "#!/bin/sh\nexit 1\n"),
            ("sudo", '#!/bin/sh\nexec "$@"\n'),
        ):
            (root / "bin" / name).write_text(text)
            (root / "bin" / name).chmod(0o755)

    def wants(self, *packages: str) -> None:
        lines = [f"base {name} -- a test\n" for name in packages]
        (self.root / "packaging" / "system-packages.txt").write_text("".join(lines))

    def set_up(self, **more: str) -> tuple[str, list[str]]:
        """Run `packaging/run setup`. Return its stderr, and the calls of apt-get."""
        self.apt_calls.write_text("")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
        environment |= {
            "PATH": f"{self.root}/bin:{os.environ['PATH']}",
            "APT_CALLS": str(self.apt_calls),
            **more,
        }
        run = ["sh", "packaging/run", "setup"]
        done = subprocess.run(
            run, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stderr, self.apt_calls.read_text().splitlines()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_what_could_not_be_installed_is_said_in_a_line_and_not_tried_again(tree: Tree) -> None:
    tree.wants("doorward-none-a", "doorward-none-b")
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
    tree.wants("doorward-none-a")
    tree.set_up()
    assert tree.set_up(DOORWARD_APT_AGAIN="1")[1]
    assert not tree.set_up()[1]


def test_another_set_is_tried_and_a_smaller_one_is_not(tree: Tree) -> None:
    tree.wants("doorward-none-a")
    tree.set_up()
    tree.wants("doorward-none-a", "doorward-none-b")
    assert tree.set_up()[1]
    tree.wants("doorward-none-b")
    assert not tree.set_up()[1]


def test_a_wish_for_no_apt_is_kept(tree: Tree) -> None:
    tree.wants("doorward-none-a")
    messages, apt_calls = tree.set_up(DOORWARD_NO_APT="1")
    assert (messages, apt_calls) == ("Missing system packages: doorward-none-a\n", [])
