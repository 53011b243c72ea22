"""Evidence of a small journal: rows, seals by a real key, anchors, as the lines of a file."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from hub_sync.rules.device_keys import DeviceKey
from hub_sync.rules.evidence.verification import SEAL_WORD, Entry, seal_hash

DEVICE = "gate-a"
JOURNAL = "00000000-0000-4000-8000-00000000000a"
START_MS = 1_780_000_000_000


@dataclass
class EvidenceBuilder:
    """Writes rows and seals as a station does. A row a second from START_MS on."""

    key: DeviceKey = field(default_factory=lambda: DeviceKey(bytes(range(32))))
    chain: str = "chain-1"
    journal_id: str = JOURNAL
    rows: list[Entry] = field(default_factory=list)
    seals: list[Entry] = field(default_factory=list)
    keys: list[Entry] = field(default_factory=list)
    head: str = ""
    sequence: int = 0
    sealed: int = 0
    number: int = 0
    previous: str = ""

    def __post_init__(self) -> None:
        """Declare the key."""
        self.keys.append({"kind": "key", "key": self.key.public.text})

    def add_rows(self, count: int) -> "EvidenceBuilder":
        """Append rows."""
        for _ in range(count):
            self.sequence += 1
            at_ms = START_MS + 1000 * len(self.rows)
            body = json.dumps({"id": f"{self.journal_id}/{self.sequence}", "scanned_at_ms": at_ms})
            self.head = sha256(bytes.fromhex(self.head) + body.encode()).hexdigest()
            self.rows.append(
                {
                    "kind": "row",
                    "journal_id": self.journal_id,
                    "sequence": self.sequence,
                    "hash": self.head,
                    "body": body,
                }
            )
        return self

    def add_seal(self, other: DeviceKey | None = None, **changes: Any) -> "EvidenceBuilder":
        """Seal the last row; `other` signs in place of the chain's own key."""
        signer = other or self.key
        self.number += 1
        statement = {
            "chain": self.chain,
            "device_id": DEVICE,
            "head": self.head,
            "journal_id": self.journal_id,
            "key": signer.public.text,
            "number": self.number,
            "previous": self.previous,
            "rows": self.sequence - self.sealed,
            "sequence": self.sequence,
        } | changes
        text = json.dumps(statement)
        signature = signer.sign(SEAL_WORD + text.encode()).hex()
        self.seals.append({"kind": "seal", "statement": text, "signature": signature})
        self.sealed, self.previous = self.sequence, seal_hash(text, signature)
        return self

    def new_key(self, key: DeviceKey) -> "EvidenceBuilder":
        """Start a new chain of seals, and a new journal, as a station that enrols again does."""
        self.key, self.chain, self.number = key, f"{self.chain}+", 0
        self.keys.append({"kind": "key", "key": key.public.text})
        self.journal_id, self.sequence, self.sealed, self.head = self.journal_id[:-1] + "b", 0, 0, ""
        return self

    def anchors(self) -> list[Entry]:
        """Return what a hub has noted: the newest seal, and the last row."""
        return [
            {
                "kind": "anchor",
                "by": "the hub",
                "device_id": DEVICE,
                "chain": self.chain,
                "number": self.number,
                "seal": self.previous,
                "journal_id": self.journal_id,
                "sequence": self.sealed,
                "head": json.loads(self.seals[-1]["statement"])["head"],
            },
            {
                "kind": "anchor",
                "by": "the hub (acknowledged)",
                "device_id": DEVICE,
                "journal_id": self.journal_id,
                "sequence": self.sequence,
                "head": self.head,
            },
        ]

    def header(self, **changes: Any) -> Entry:
        """Return the header of an export that was written a second after the last row."""
        values = {"device_ids": [DEVICE], "created_at_ms": START_MS + 1000 * len(self.rows)}
        return {"kind": "header", "sealing_since_ms": START_MS, **values, **changes}

    def entries(self, **header: Any) -> list[Entry]:
        """Return all lines."""
        return [self.header(**header), *self.keys, *self.seals, *self.rows]


def to_lines(entries: list[Entry]) -> bytes:
    """Return entries as a file of JSON lines."""
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def sealed_evidence(periods: int = 4, rows: int = 3, tail: int = 2) -> EvidenceBuilder:
    """Return evidence with some sealed periods and rows without a seal after them."""
    builder = EvidenceBuilder()
    for _ in range(periods):
        builder.add_rows(rows).add_seal()
    return builder.add_rows(tail)
