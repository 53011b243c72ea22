"""The service of duplicates: what other domains may call."""

from hub_sync.hub.domains.duplicates.candidates import count_open
from hub_sync.hub.domains.duplicates.candidates import of_people as pairs_of
from hub_sync.hub.domains.duplicates.detection.hints import Hint, RegisteredPeople, similar_to
from hub_sync.hub.domains.duplicates.detection.runs import start as start_run
from hub_sync.hub.domains.duplicates.matching.scoring import REVIEW_THRESHOLD, Score
from hub_sync.hub.domains.duplicates.merging.merge import of_participant as merges_of

__all__ = [
    "REVIEW_THRESHOLD",
    "Hint",
    "RegisteredPeople",
    "Score",
    "count_open",
    "merges_of",
    "pairs_of",
    "similar_to",
    "start_run",
]
