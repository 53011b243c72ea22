"""The visitors of the demo."""

from itertools import islice

import numpy as np
import pytest

from hardware.codes import CodeReader
from hub_sync.rules.tickets.ticket_codec import (
    TicketPayload,
    TicketRejection,
    TicketRejectionKind,
    open_ticket,
)
from hub_sync.rules.tickets.ticket_keys import KeyRing
from kiosk_app.demo.report import percentiles
from kiosk_app.demo.scenes import gate_frame
from kiosk_app.demo.visitor_camera import qr_modules
from kiosk_app.demo.visitors import TicketHolder, TicketIssuer, VisitorGenerator, VisitorKind
from tests.support.builders.people import EVENT, KEY, TENANT

RING = KeyRing([KEY])


def make_visitors(seed: int) -> VisitorGenerator:
    holders = [
        TicketHolder(f"p{number}", f"REG{number}", status)
        for status, count in (("APPROVED", 300), ("CANCELLED", 20), ("PENDING", 20))
        for number in range(count)
    ]
    return VisitorGenerator(holders, TicketIssuer(KEY, TENANT, EVENT, 1), seed)


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_kind_but_the_expired_comes_by_itself(seed: int) -> None:
    came = {visitor.kind for visitor in islice(make_visitors(seed).visitors(), 14)}
    assert came == set(VisitorKind) - {VisitorKind.EXPIRED}


def test_same_seed_brings_the_same_kinds() -> None:
    first, second = ([v.kind for v in islice(make_visitors(7).visitors(), 80)] for _ in range(2))
    assert first == second


def test_second_visit_is_never_right_after_the_first() -> None:
    texts = [visitor.text for visitor in islice(make_visitors(3).visitors(), 200)]
    for at, text in enumerate(texts):
        assert text not in texts[max(0, at - 4) : at]


def test_tickets_are_what_they_are_said_to_be() -> None:
    visitors = make_visitors(1)
    genuine = open_ticket(visitors.visitor(VisitorKind.GOOD).text, RING)
    assert isinstance(genuine, TicketPayload)
    assert (genuine.tid, genuine.eid) == (TENANT, EVENT)
    foreign = open_ticket(visitors.visitor(VisitorKind.ANOTHER_TENANT).text, RING)
    assert isinstance(foreign, TicketPayload)
    assert foreign.tid != TENANT
    forged = open_ticket(visitors.visitor(VisitorKind.FORGED).text, RING)
    assert isinstance(forged, TicketRejection)
    assert forged.kind is TicketRejectionKind.FORGED


@pytest.mark.parametrize(
    "kind", [kind for kind in VisitorKind if kind not in (VisitorKind.TYPED, VisitorKind.SECOND_TIME)]
)
def test_whatever_is_held_up_is_drawn_so_that_it_can_be_read(kind: VisitorKind) -> None:
    visitors, reader, rng = make_visitors(5), CodeReader(), np.random.default_rng(5)
    for _ in range(3):
        visitor = visitors.visitor(kind)
        frame = gate_frame(
            qr_modules(visitor.text), rng, card=visitor.card, pose=visitor.pose, optics=visitor.optics
        )
        assert reader.read(frame).texts == (visitor.text,)


def test_percentiles_of_nothing_and_of_one() -> None:
    assert percentiles([], 50, 99) == {"p50": None, "p99": None}
    assert percentiles([2.0], 50) == {"p50": 2.0}
