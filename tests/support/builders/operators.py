"""Operators with PINs. Their verifiers take a station a fraction of a millisecond to check, not a tenth of a second."""

from unittest.mock import patch

from hub_sync.contract.enums import OperatorRole
from hub_sync.contract.operators import OperatorRow
from hub_sync.rules import operator_pins

MARA_PIN, TOM_PIN = "250917", "8163"
QUICK_LOG_N = 4
"""Scrypt's cost in place of 15."""


def hash_pin_quickly(pin: str) -> str:
    """Return a verifier that is quick to make and to check."""
    with patch.object(operator_pins, "_LOG_N", QUICK_LOG_N):
        return operator_pins.hash_pin(pin, bytes(operator_pins.SALT_BYTES))


MARA = OperatorRow(id="op-1", name="Mara", role=OperatorRole.SUPERVISOR, verifier=hash_pin_quickly(MARA_PIN))
"""A supervisor."""
TOM = OperatorRow(id="op-2", name="Tom", role=OperatorRole.STEWARD, verifier=hash_pin_quickly(TOM_PIN))
"""A steward."""
