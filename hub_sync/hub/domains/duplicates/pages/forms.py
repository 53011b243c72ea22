"""The forms of duplicates in the console. A field's choice is "a" or "b", the two registrations as the page shows them."""

from typing import Any, Literal

from pydantic import BaseModel

from hub_sync.hub.domains.duplicates.merging.merge import LOSER, SURVIVOR, MergeRequest
from hub_sync.hub.domains.duplicates.tables import DuplicateCandidate
from hub_sync.hub.domains.participants import service as participants

Side = Literal["a", "b"]


class MergeForm(BaseModel):
    """The registration that stays, and whose value each field gets; a field that is the same on both sides is left out."""

    survivor: Side
    first_name: Side | None = None
    last_name: Side | None = None
    email: Side | None = None
    phone: Side | None = None
    category: Side | None = None
    group_ref: Side | None = None
    status: Side | None = None
    photo: Side | None = None
    extra: Literal["a", "b", "both"] | None = None
    version_a: int
    version_b: int

    def request(self, candidate: DuplicateCandidate) -> MergeRequest:
        """Return the form as a merge of a pair."""
        chosen: dict[str, Any] = {name: getattr(self, name) for name in participants.CHOSEN_FIELDS}
        choices = {
            name: SURVIVOR if side == self.survivor else LOSER
            for name, side in chosen.items()
            if side in ("a", "b")
        }
        versions = {"a": self.version_a, "b": self.version_b}
        ids = {"a": candidate.a_id, "b": candidate.b_id}
        other: Side = "b" if self.survivor == "a" else "a"
        return MergeRequest(ids[self.survivor], ids[other], choices, versions[self.survivor], versions[other])


class UndoForm(BaseModel):
    """Undo a merge; `keep_changes`: leave what was changed since."""

    keep_changes: bool = False
