"""The parts of a station that are a matter of its mode: the ready check and the self-test look at no others."""

from hub_sync.contract.ready_check import ReadyPart, ReadyState

_UNUSED = {
    "kiosk": frozenset({ReadyPart.OPERATORS}),
    "desk": frozenset(
        {
            ReadyPart.CHECKPOINT,
            ReadyPart.CAMERA,
            ReadyPart.SCANNER,
            ReadyPart.RELAY,
            ReadyPart.SENSOR,
            ReadyPart.SOUND,
            ReadyPart.PRINTER,
        }
    ),
    "board": frozenset(
        {
            ReadyPart.ROSTER,
            ReadyPart.CHECKPOINT,
            ReadyPart.CAMERA,
            ReadyPart.SCANNER,
            ReadyPart.RELAY,
            ReadyPart.SENSOR,
            ReadyPart.OPERATORS,
            ReadyPart.PRINTER,
        }
    ),
}
"""The parts that are no matter of a mode: nobody signs on at a kiosk, and nothing is scanned at a board."""
_RARE = {"kiosk": frozenset({ReadyPart.RELAY, ReadyPart.SENSOR})}
"""The parts that are a matter of a mode only where they are set up."""


def uses(mode: str, part: ReadyPart) -> bool:
    """Return True if a part is a matter of a mode."""
    return part not in _UNUSED.get(mode, frozenset())


def lists(mode: str, part: ReadyPart, state: ReadyState) -> bool:
    """Return True if a part in a state is listed: one that is rare in a mode is not, unless it is set up."""
    return uses(mode, part) and (
        part not in _RARE.get(mode, frozenset()) or state is not ReadyState.NOT_APPLICABLE
    )
