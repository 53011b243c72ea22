"""No whole name reaches a kiosk's screen."""

from hub_sync.contract.enums import PassageCause, ReasonCode
from kiosk_app.core.kiosk.privacy import hide_visitor
from kiosk_app.messages import GateReadiness, GroupMember, GroupOffer, PassageUpdate
from tests.kiosk_app.screens.kiosk.stories import decision


def test_decisions_and_passages_come_without_the_person() -> None:
    admitted = decision(ReasonCode.ADMITTED)
    group = GroupOffer("family", (GroupMember("p2", "Bo Lovelace", "REG-2", "", admitted.decision),))
    named = decision(ReasonCode.ADMITTED, group=group, registration_code="REG-1")
    for message in (named, PassageUpdate(PassageCause.TURN, name="Ada Lovelace")):
        hidden = repr(hide_visitor(message))
        assert not any(word in hidden for word in ("Ada", "Lovelace", "REG-", "Bo "))
    assert hide_visitor(GateReadiness()) == GateReadiness()
