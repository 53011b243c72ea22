"""PostgreSQL and Redis for tests and benchmarks, started by the first that needs them.

All workers of a run share them: a lock in the folder that `DOORWARD_TEST_SERVICES` names lets one of them start a service,
and the others read its port from there. The process that opened the folder stops what runs in it (`stop`).
`DOORWARD_TEST_POSTGRES_URL` and `DOORWARD_TEST_REDIS_URL` name servers that run already; then nothing is started.
"""

import atexit
import contextlib
import fcntl
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

FOLDER_VARIABLE = "DOORWARD_TEST_SERVICES"
POSTGRES_VARIABLE = "DOORWARD_TEST_POSTGRES_URL"
REDIS_VARIABLE = "DOORWARD_TEST_REDIS_URL"
POSTGRES_OPTIONS_VARIABLE = "DOORWARD_TEST_POSTGRES_OPTIONS"
"""Options of the server's command line. Benchmarks set `-c fsync=on`; tests do without."""
WITHOUT_SYNC = "-c fsync=off -c full_page_writes=off"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


class ServiceMissingError(Exception):
    """A server's program is not installed. `packaging/run test` installs it."""


@functools.cache
def postgres_url() -> str:
    """Return the SQLAlchemy URL of a PostgreSQL server whose user is a superuser."""
    return os.environ.get(POSTGRES_VARIABLE) or _url("postgres", _start_postgres)


@functools.cache
def redis_url() -> str:
    """Return the URL of a Redis server."""
    return os.environ.get(REDIS_VARIABLE) or _url("redis", _start_redis)


def open_folder() -> bool:
    """Open a folder for the services of this process and its children, unless there is one.

    Returns:
        True if this process opened it, and has to call `stop`.
    """
    if FOLDER_VARIABLE in os.environ:
        return False
    os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="doorward-services-")
    return True


def stop() -> None:
    """Stop what was started in the folder, and remove it. No data outlives it, so PostgreSQL shuts down at once."""
    opened = Path(os.environ.pop(FOLDER_VARIABLE))
    for pid_file, how in (("postgres/postmaster.pid", signal.SIGQUIT), ("redis.pid", signal.SIGTERM)):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pid = int((opened / pid_file).read_text().split()[0])
            os.kill(pid, how)
            _wait_for_end(pid)
    shutil.rmtree(opened, ignore_errors=True)
    for cached in (folder, postgres_url, redis_url):
        cached.cache_clear()


def shared_file(name: str, create: Callable[[Path], None]) -> Path:
    """Return a file that all workers of this run share; the first that needs it creates it."""
    file = folder() / name
    with _locked(folder() / f"{name}.lock"):
        if not file.exists():
            create(file)
    return file


@functools.cache
def folder() -> Path:
    """Return the folder of this run, whatever becomes of the variable: commands in a test's process don't see it."""
    if open_folder():
        atexit.register(stop)  # a script without a test runner
    return Path(os.environ[FOLDER_VARIABLE])


def _url(name: str, start: Callable[[Path], str]) -> str:
    url = folder() / f"{name}.url"
    with _locked(folder() / f"{name}.lock"):
        if not url.exists():
            url.write_text(start(folder()))
        return url.read_text()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start_postgres(folder: Path) -> str:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not programs:
        raise ServiceMissingError("PostgreSQL is not installed (Debian: postgresql)")
    folder.chmod(0o755)
    data, port = folder / "postgres", _free_port()
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(data, "postgres")
    _run_as_postgres(
        str(programs[-1] / "initdb"),
        "-D",
        str(data),
        "-U",
        "doorward",
        "--auth=trust",
        "-E",
        "UTF8",
        "--no-sync",
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
    options += " " + os.environ.get(POSTGRES_OPTIONS_VARIABLE, WITHOUT_SYNC)
    _run_as_postgres(
        str(programs[-1] / "pg_ctl"), "-D", str(data), "-w", "-l", str(data / "log"), "-o", options, "start"
    )
    return f"postgresql+psycopg://doorward@127.0.0.1:{port}/postgres"


def _run_as_postgres(*command: str) -> None:
    if os.geteuid() == 0:
        command = ("runuser", "-u", "postgres", "--", *command)
    subprocess.run(
        command,
        cwd="/",
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _start_redis(folder: Path) -> str:
    program = shutil.which("redis-server")
    if program is None:
        raise ServiceMissingError("Redis is not installed (Debian: redis-server)")
    port, pid_file = _free_port(), folder / "redis.pid"
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    command += ["--dir", str(folder), "--daemonize", "yes", "--pidfile", str(pid_file)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return f"redis://127.0.0.1:{port}/0"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while time.monotonic() < deadline:
        os.kill(pid, 0)
        time.sleep(0.02)
