"""Tests that take minutes: only `packaging/run thorough` collects them, so that a daily run skips nothing."""

from tests.support.thorough import THOROUGH

collect_ignore_glob = [] if THOROUGH else ["test_*.py"]
