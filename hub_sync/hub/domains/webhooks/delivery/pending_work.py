"""What has come together for the engine's next turn."""

from dataclasses import dataclass, field

from hub_sync.hub.domains.webhooks.delivery.endpoints import Key
from hub_sync.hub.domains.webhooks.delivery.outcomes import Attempted
from hub_sync.hub.domains.webhooks.delivery.repository import Turn
from hub_sync.hub.kit.events.notifier import News


@dataclass
class Inbox:
    """What the next turn is to deal with."""

    attempted: list[Attempted] = field(default_factory=list)
    unsent: list[Key] = field(default_factory=list)
    news: set[News] = field(default_factory=set)
    look_closely: bool = False
    """Something may be due, though nothing else is here."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.attempted or self.unsent or self.news or self.look_closely)

    def take(self) -> Turn:
        """All of it, as a turn."""
        turn = Turn(
            tuple(self.attempted), tuple(self.unsent), frozenset(one for one in self.news if one.type)
        )
        self.attempted, self.unsent, self.news, self.look_closely = [], [], set(), False
        return turn

    def put_back(self, turn: Turn) -> None:
        """The turn came to nothing."""
        self.attempted[:0], self.unsent[:0] = turn.attempted, turn.unsent
        self.news |= set(turn.news)
        self.look_closely = True
