"""Acts with consequences are asked twice: the form is answered with a question, and acts once the answer comes back."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub_sync.hub.kit.errors import Conflict
from hub_sync.hub.kit.i18n import N_

CONFIRMED_FIELD, WITHDRAWN_FIELD = "confirmed", "withdrawn"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before an act: a heading, what follows from it, and the words of the button that does it."""

    key: str
    title: str
    consequences: Sequence[str]
    label: str = ""
    choices: Sequence[tuple[str, str]] = ()
    """In place of one button: several, each with what stands for it in the form, and its words."""


class ConfirmationNeeded(Conflict):
    """The act has consequences that must be confirmed first; the console asks, and sends the form again."""

    template = N_("This must be confirmed first.")

    def __init__(self, question: Question) -> None:
        """Create the error."""
        super().__init__()
        self.question = question
