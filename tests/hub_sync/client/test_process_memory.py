"""What a station tells the C library about its heap."""

import subprocess
import sys

import pytest

from hub_sync.client import process_memory

_PROGRAM = """
import re, threading
from hub_sync.client.process_memory import limit_heap
import ctypes
if {limited}:
    assert limit_heap()
stop, ready = threading.Event(), threading.Barrier(9)
malloc = ctypes.CDLL(None).malloc
malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_void_p

def allocate():
    malloc(1000)  # takes an arena
    ready.wait()
    stop.wait()

threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads:
    thread.start()
ready.wait()
libc = ctypes.CDLL(None)
libc.malloc_stats()
stop.set()
"""


def _arenas(*, limited: bool) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(limited=limited)],
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    return sum(line.startswith("Arena ") for line in done.stderr.splitlines())


def test_eight_threads_share_two_arenas() -> None:
    assert _arenas(limited=True) <= process_memory.MAX_ARENAS < _arenas(limited=False)


def test_a_c_library_without_these_functions_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_memory, "_c_library", lambda: None)
    assert not process_memory.limit_heap()
    assert not process_memory.return_free_memory()


def test_free_memory_below_a_used_block_goes_back_to_the_system() -> None:
    program = """
from hub_sync.client.process_memory import return_free_memory
def resident_kib():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1])
blocks = [bytes(1000) for _ in range(40_000)]
last = bytes(1000)
blocks.clear()
before = resident_kib()
assert return_free_memory()
print(before - resident_kib())
"""
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    assert int(done.stdout) > 20_000


_PICTURES = """
import ctypes
from hub_sync.client.process_memory import limit_heap
if {limited}:
    assert limit_heap()
libc = ctypes.CDLL(None)
names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
State = type("State", (ctypes.Structure,), dict(_fields_=[(name, ctypes.c_size_t) for name in names.split()]))
libc.malloc.argtypes, libc.malloc.restype, libc.mallinfo2.restype = [ctypes.c_size_t], ctypes.c_void_p, State
libc.free.argtypes = [ctypes.c_void_p]
for _ in range(3):
    libc.free(libc.malloc(2_764_800))
before = libc.mallinfo2().hblkhd
libc.malloc(2_764_800)
print(libc.mallinfo2().hblkhd - before)
"""


@pytest.mark.parametrize("limited", [True, False])
def test_a_picture_is_mapped_on_its_own_also_after_others_were_freed(limited: bool) -> None:
    program = _PICTURES.format(limited=limited)
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    assert (int(done.stdout) >= 2_764_800) is limited
