"""The service of check-in: what other domains may call.

Rows leave it as frozen values; only the functions that create and change checkpoints return rows.
"""

from hub_sync.hub.domains.check_in.access_log.export_rows import HEADER as EXPORT_HEADER
from hub_sync.hub.domains.check_in.access_log.export_rows import file_name as export_file_name
from hub_sync.hub.domains.check_in.access_log.export_rows import rows as export_rows
from hub_sync.hub.domains.check_in.access_log.late_refusals import may_be_flagged, status_refusals, with_flag
from hub_sync.hub.domains.check_in.access_log.queries import (
    JournalNeighbour,
    Outcome,
    checkpoint_names,
    count_rows,
    count_since,
    log_position,
    neighbours,
    outcome_condition,
    passage_reports,
)
from hub_sync.hub.domains.check_in.access_log.repository import (
    AccessLogEntry,
    JournalDigest,
    MovedScans,
    added_scans,
    admitted_before,
    append,
    correct_times,
    digest_journals,
    get_scan,
    hashes,
    success_id,
    taken_ids,
)
from hub_sync.hub.domains.check_in.checkpoints.schemas import CheckpointChanges, NewCheckpoint
from hub_sync.hub.domains.check_in.checkpoints.service import (
    CheckpointSummary,
    create_checkpoint,
    delete_checkpoint,
    get_checkpoint,
    list_checkpoints,
    require_checkpoint,
    toggle_checkpoint,
    update_checkpoint,
)
from hub_sync.hub.domains.check_in.conflicts.of_scan import ScanConflict, conflicts_of_scan
from hub_sync.hub.domains.check_in.conflicts.recording import reconcile as reconcile_conflicts
from hub_sync.hub.domains.check_in.conflicts.recording import record_scans as record_conflicts
from hub_sync.hub.domains.check_in.conflicts.service import count_conflicts
from hub_sync.hub.domains.check_in.occupancy.capacity import all_counts, require_zone, set_capacity
from hub_sync.hub.domains.check_in.occupancy.daily_statistics import (
    DailyStatistics,
    DailyStatisticsCache,
    MinuteCounts,
    RefusalCount,
    start_of_day,
)
from hub_sync.hub.domains.check_in.occupancy.flows import (
    FlowSpan,
    flow_bounds,
    flows_are_complete,
    read_flows,
)
from hub_sync.hub.domains.check_in.occupancy.peaks import read_peak
from hub_sync.hub.domains.check_in.occupancy.projection import (
    Count,
    admitted_of,
    counts,
    current_counts,
    refresh,
    refresh_merged,
)
from hub_sync.hub.domains.check_in.occupancy.statistics import (
    LastPassage,
    LastScan,
    OpenConflict,
    count_admitted_people,
    count_refusals,
    last_passages,
    last_scans,
    last_scans_of_device,
    open_double_entries,
)
from hub_sync.hub.domains.check_in.occupancy.whereabouts import (
    PresenceStatus,
    Stay,
    Whereabouts,
    list_stays,
    narrow_to_presence,
    presence_condition,
    whereabouts_of,
)
from hub_sync.hub.domains.check_in.passages.repository import (
    PassageEntry,
    StoredScan,
    append_passages,
    correct_passage_times,
    doubtful_condition,
    find_granted,
    has_passages,
    participants_of,
    taken_passage_ids,
)
from hub_sync.hub.domains.check_in.scanner_names import find_scanner_names
from hub_sync.hub.domains.check_in.scans.groups import find_offer
from hub_sync.hub.domains.check_in.scans.responses import key_ring_for, requested_override, scan_response
from hub_sync.hub.domains.check_in.scans.schemas import ScanResponse, StationScanRequest
from hub_sync.hub.domains.check_in.scans.service import Scanned, Scanner, scan
from hub_sync.hub.domains.check_in.schemas import MAX_CAPACITY
from hub_sync.hub.domains.check_in.tables import AccessLog, ScannedBy

__all__ = [
    "EXPORT_HEADER",
    "MAX_CAPACITY",
    "AccessLog",
    "AccessLogEntry",
    "CheckpointChanges",
    "CheckpointSummary",
    "Count",
    "DailyStatistics",
    "DailyStatisticsCache",
    "FlowSpan",
    "JournalDigest",
    "JournalNeighbour",
    "LastPassage",
    "LastScan",
    "MinuteCounts",
    "MovedScans",
    "NewCheckpoint",
    "OpenConflict",
    "Outcome",
    "PassageEntry",
    "PresenceStatus",
    "RefusalCount",
    "ScanConflict",
    "ScanResponse",
    "Scanned",
    "ScannedBy",
    "Scanner",
    "StationScanRequest",
    "Stay",
    "StoredScan",
    "Whereabouts",
    "added_scans",
    "admitted_before",
    "admitted_of",
    "all_counts",
    "append",
    "append_passages",
    "checkpoint_names",
    "conflicts_of_scan",
    "correct_passage_times",
    "correct_times",
    "count_admitted_people",
    "count_conflicts",
    "count_refusals",
    "count_rows",
    "count_since",
    "counts",
    "create_checkpoint",
    "current_counts",
    "delete_checkpoint",
    "digest_journals",
    "doubtful_condition",
    "export_file_name",
    "export_rows",
    "find_granted",
    "find_offer",
    "find_scanner_names",
    "flow_bounds",
    "flows_are_complete",
    "get_checkpoint",
    "get_scan",
    "has_passages",
    "hashes",
    "key_ring_for",
    "last_passages",
    "last_scans",
    "last_scans_of_device",
    "list_checkpoints",
    "list_stays",
    "log_position",
    "may_be_flagged",
    "narrow_to_presence",
    "neighbours",
    "open_double_entries",
    "outcome_condition",
    "participants_of",
    "passage_reports",
    "presence_condition",
    "read_flows",
    "read_peak",
    "reconcile_conflicts",
    "record_conflicts",
    "refresh",
    "refresh_merged",
    "requested_override",
    "require_checkpoint",
    "require_zone",
    "scan",
    "scan_response",
    "set_capacity",
    "start_of_day",
    "status_refusals",
    "success_id",
    "taken_ids",
    "taken_passage_ids",
    "toggle_checkpoint",
    "update_checkpoint",
    "whereabouts_of",
    "with_flag",
]
