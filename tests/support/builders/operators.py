"""Operators with PINs."""

from hub_sync.contract.enums import OperatorRole
from hub_sync.contract.operators import OperatorRow
from hub_sync.rules.operator_pins import SALT_BYTES, hash_pin

MARA_PIN, TOM_PIN = "250917", "8163"
MARA = OperatorRow(
    id="op-1", name="Mara", role=OperatorRole.SUPERVISOR, verifier=hash_pin(MARA_PIN, bytes(SALT_BYTES))
)
"""A supervisor."""
TOM = OperatorRow(
    id="op-2", name="Tom", role=OperatorRole.STEWARD, verifier=hash_pin(TOM_PIN, bytes(SALT_BYTES))
)
"""A steward."""
