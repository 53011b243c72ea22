"""What the station's log keeps to itself."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from hub_sync.contract.sync import EventRow
from kiosk_app.bootstrap.log_config import HIDDEN, configure_logging
from tests.support.builders.people import seal_ticket_for


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    before, handlers = structlog.get_config(), logging.getLogger().handlers[:]
    level = logging.getLogger().level
    stream = io.StringIO()
    configure_logging(stream)
    yield stream
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def fail(ticket: str) -> None:
    name = "Ada Lovelace"
    raise KeyError(f"{len(name)} {ticket}")


def test_a_traceback_names_the_place_and_no_local_variable_and_no_ticket(log: io.StringIO) -> None:
    ticket = seal_ticket_for("ada")
    try:
        fail(ticket)
    except KeyError:
        structlog.get_logger().exception("scan_failed")
    text = log.getvalue()
    assert "scan_failed" in text
    assert "in fail" in text
    assert "KeyError" in text
    assert "Ada" not in text.replace('name = "Ada Lovelace"', "")
    assert ticket not in text
    assert HIDDEN in text


def test_a_row_that_cannot_be_read_is_not_repeated(log: io.StringIO) -> None:
    try:
        EventRow.model_validate({"id": 7, "name": ["Ada Lovelace"]})
    except ValueError:
        structlog.get_logger().exception("row_failed")
    assert "ValidationError" in log.getvalue()
    assert "Lovelace" not in log.getvalue().replace('["Ada Lovelace"]', "")


def test_the_libraries_write_to_the_same_place_without_credentials(log: io.StringIO) -> None:
    logging.getLogger("hardware.relay.door").warning("lost %s", "dw_device-1_secret")
    assert "hardware" in log.getvalue() or "lost" in log.getvalue()
    assert "dw_device-1_secret" not in log.getvalue()
