"""What keeps the messages of a broadcast waiting: accounts that do not work, and channels without one."""

from dataclasses import dataclass

from sqlalchemy import select

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.domains.messages.delivery.outbox import WAITING
from hub_sync.hub.domains.messages.senders import accounts
from hub_sync.hub.domains.messages.senders.problems import SenderProblem
from hub_sync.hub.domains.messages.tables import BroadcastMessage, MessageDelivery, MessageSender
from hub_sync.hub.kit.db.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class SendingObstacle:
    """Why messages of a channel wait.

    Attributes:
        channel: the channel.
        sender_id: the account that does not work; empty: none is in use.
        name: of the account.
        problem: what is wrong with it.
        response: what the server answered.
    """

    channel: MessageChannel
    sender_id: str = ""
    name: str = ""
    problem: SenderProblem | None = None
    response: str = ""


def obstacles_of(work: Work, broadcast: BroadcastMessage) -> list[SendingObstacle]:
    """Return what keeps messages of a broadcast waiting, by channel and account; nothing if all accounts work."""
    row = MessageDelivery
    waiting = (
        select(row.channel, row.sender_id)
        .where(
            row.tenant_id == broadcast.tenant_id,
            row.broadcast_id == broadcast.id,
            row.status.in_(WAITING),
        )
        .distinct()
    )
    senders = work.session.scalars(
        accounts.senders_of(work, broadcast.tenant_id).where(MessageSender.is_enabled)
    ).all()
    by_id = {sender.id: sender for sender in senders}
    usual = {sender.channel: sender for sender in senders if sender.is_default}
    obstacles = set()
    for channel, sender_id in work.session.execute(waiting):
        sender = by_id.get(sender_id) if sender_id else usual.get(channel)
        if sender is None:
            obstacles.add(SendingObstacle(channel))
        elif sender.problem is not None:
            obstacles.add(
                SendingObstacle(
                    channel,
                    sender.id,
                    sender.name,
                    SenderProblem(sender.problem),
                    sender.problem_response or "",
                )
            )
    return sorted(obstacles, key=lambda each: (each.channel, each.name, each.sender_id))
