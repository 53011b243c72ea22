"""The reading of a scan that was meant."""

from hub_sync.rules.tickets.ticket_codec import MAX_CODE_LENGTH
from kiosk_app.core.scanned_code import choose_code, is_scanned
from tests.support.builders.people import seal_ticket_for


def test_a_ticket_is_known_by_its_checksum_whatever_caps_lock_did() -> None:
    ticket = seal_ticket_for("ada")
    assert choose_code((ticket.swapcase(), "+" + ticket, ticket)) == ticket


def test_a_text_that_is_no_ticket_stays_as_it_was_read() -> None:
    assert choose_code(("https://example.com", "HTTPS://EXAMPLE.COM")) == "https://example.com"
    damaged = seal_ticket_for("ada")[:-6]
    assert choose_code((damaged, damaged.swapcase())) == damaged


def test_a_hostile_code_is_cut_to_a_length_that_is_refused() -> None:
    assert len(choose_code(("a" * 1_000_000,))) == MAX_CODE_LENGTH + 1


def test_a_registration_code_was_typed_and_a_ticket_or_an_address_was_not() -> None:
    assert not is_scanned("REG-0012")
    assert not is_scanned("Maximiliane Freifrau von Hohenstein")
    assert is_scanned(seal_ticket_for("ada"))
    assert is_scanned("http://a.b")
