"""Bytecode of all sources and tests, and Hypothesis' constants of all sources, written once before the workers start.

In a new clone each worker would compile every source and rewrite the assertions of every test file: they import the same
files at the same time, so that none finds another's bytecode. Hypothesis draws some values from the constants of all imported
sources; each worker would parse the sources for them too, seven seconds of its CPU.
"""

import compileall
import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from _pytest.assertion import rewrite
from hypothesis.internal.constants_ast import constants_from_module

FOLDERS = ("hardware", "hub_sync", "kiosk_app", "resources", "tests")


def write(config: pytest.Config) -> None:
    """Write what is missing, on all CPUs; a file that has bytecode, if only of an older text, is left to the workers."""
    if sys.dont_write_bytecode:
        return
    files = [file for folder in FOLDERS for file in sorted((config.rootpath / folder).rglob("*.py"))]
    missing = [file for file in files if not _bytecode(file).exists()]
    count = min(os.cpu_count() or 1, len(missing))
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_write, args=(config, missing[n::count])) for n in range(count)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def _has_rewritten_assertions(file: Path) -> bool:
    return file.name.startswith("test_") or file.name == "conftest.py"


def _bytecode(file: Path) -> Path:
    tail = rewrite.PYC_TAIL if _has_rewritten_assertions(file) else f".{sys.implementation.cache_tag}.pyc"
    return rewrite.get_cache_dir(file) / f"{file.stem}{tail}"


def _write(config: pytest.Config, files: Sequence[Path]) -> None:
    state = cast("Any", config).stash[rewrite.assertstate_key]
    for file in files:
        if _has_rewritten_assertions(file):
            source, code = rewrite._rewrite_test(file, config)
            pyc = _bytecode(file)
            rewrite.try_makedirs(pyc.parent)
            rewrite._write_pyc(state, code, source, pyc)
        else:
            compileall.compile_file(file, quiet=2)
            _write_constants(file)


def _write_constants(file: Path) -> None:
    """Let Hypothesis store the constants of a source. It reads none from tests, and the module is not imported."""
    if "tests" not in file.parts:
        module = ModuleType(file.stem)
        module.__file__ = str(file)
        constants_from_module(module)
