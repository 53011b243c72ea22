"""Services of the tests start with the first process that needs them, once, and end with the process that opened the folder."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import make_url

ROOT = Path(__file__).parents[2]
PRINT_URL = "from tests.support import services; print(services.{name}_url())"


def run_python(code: str, **more: str) -> str:
    """Run code in a Python of its own, and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    environment |= {"PYTHONPATH": str(ROOT), **more}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def test_processes_share_a_service_until_the_folder_is_stopped(tmp_path: Path) -> None:
    folder = {"DOORWARD_TEST_SERVICES": str(tmp_path / "services")}
    (tmp_path / "services").mkdir()
    with ThreadPoolExecutor() as pool:
        urls = set(pool.map(lambda _: run_python(PRINT_URL.format(name="redis"), **folder), range(3)))

    (url,) = urls
    assert redis.Redis.from_url(url).ping()
    run_python("from tests.support import services; services.stop()", **folder)
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(url).ping()
    assert not (tmp_path / "services").exists()


def test_postgres_runs_while_a_script_needs_it_and_not_longer() -> None:
    code = f"""
import psycopg
from sqlalchemy import make_url
{PRINT_URL.format(name="postgres")}
url = make_url(services.postgres_url()).set(drivername="postgresql").render_as_string(hide_password=False)
with psycopg.connect(url) as connection:
    print(connection.execute("SHOW fsync").fetchone()[0])
"""
    url, fsync = run_python(code, DOORWARD_TEST_POSTGRES_OPTIONS="-c fsync=on").splitlines()
    assert fsync == "on"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def test_a_server_that_runs_already_is_used() -> None:
    url = "redis://127.0.0.1:1/0"
    assert run_python(PRINT_URL.format(name="redis"), DOORWARD_TEST_REDIS_URL=url) == url
