"""The hub's settings: from the environment (prefix DOORWARD_; the report's two names have none), then the command line."""

import re
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL

from hub_sync.hub.kit.networks import parse_network_setting

MIB = 1024 * 1024
_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+(?:/[A-Za-z0-9._~-]+)*/?")
_LONGEST_URL = 300
"""The most characters of a URL that has to fit into a QR code."""


def check_public_url(url: str) -> str:
    """Return the address of a hub without a slash at its end.

    Raises:
        ValueError: it is none, or too long for an enrolment code.
    """
    if len(url) > _LONGEST_URL or not _PUBLIC_URL.fullmatch(url):
        raise ValueError("write https://HOST or https://HOST/PATH")
    return url.rstrip("/")


class AccessLogMode(StrEnum):
    """The requests that are logged."""

    ALL = "all"
    CHANGES = "changes"
    OFF = "off"


class CpuAffinity(StrEnum):
    """The CPUs that a process of the hub may run on."""

    ONE = "one"
    ALL = "all"


class HubSettings(BaseSettings):
    """The settings of one hub."""

    model_config = SettingsConfigDict(env_prefix="DOORWARD_", extra="ignore", populate_by_name=True)

    data: Path = Path("doorward-data")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8700, ge=0, le=65535)
    secret: SecretStr = SecretStr("")
    """64 hex digits that encrypt secrets at rest; empty: a key file in the data folder."""
    qr_encryption_key: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("QR_ENCRYPTION_KEY", "qr_encryption_key")
    )
    session_secret: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("SESSION_SECRET", "session_secret")
    )
    max_body: int = MIB
    max_push_body: int = 16 * MIB
    """Bytes of a request body, as sent and once more as decompressed; a push of scans may be larger."""
    request_head_s: float = Field(default=10.0, gt=0)
    """Seconds for the head of a request, from its first byte or the connection on."""
    request_body_s: float = Field(default=20.0, gt=0)
    """Seconds after which a body that comes at less than 4 KiB a second is given up."""
    max_connections_per_address: int = Field(default=0, ge=0)
    """Connections of one client address to a process; 0: half of all that it can have, 2,000 at most."""
    poll_feeds_s: float = Field(default=0.5, gt=0)
    """Seconds between two polls for other processes' commits while a stream is open."""
    redis_url: str = ""
    """`redis://…`, for the rate limits and the notifier of several processes; empty: this process only."""
    trusted_proxies: str = ""
    """Networks (CIDR, separated by commas) of the proxies whose `X-Forwarded-For` is trusted."""
    public_url: str = ""
    """The URL by which people and stations reach the hub (`https://example.org/doorward`): for links, cookies and codes; empty: as in the request."""
    trusted_hosts: str = ""
    """Names by which people reach the hub, separated by commas: without a public URL, links may begin with these only."""
    metrics_networks: str = "127.0.0.0/8, ::1/128"
    """Networks (CIDR, separated by commas) that may read `/metrics`."""
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        validation_alias=AliasChoices("DOORWARD_WORKERS", "WEB_CONCURRENCY", "workers"),
    )
    """Worker processes; more than one needs PostgreSQL and Redis."""
    cpu_affinity: CpuAffinity = CpuAffinity.ONE
    """Whether each process stays on one CPU (`hub.cpu_affinity`)."""
    access_log: AccessLogMode = AccessLogMode.CHANGES
    """The requests that are logged: all; changes, errors and slow ones; or none."""
    drain_s: float = Field(default=0.0, ge=0, le=600)
    """Seconds of serving after a stop signal, with `/readyz` at 503, until the load balancer has noticed."""
    session_idle_h: float = Field(default=12.0, gt=0)
    session_longest_h: float = Field(default=7 * 24.0, gt=0)
    usage_flush_s: float = Field(default=5.0, gt=0)
    """Seconds between two writes of API keys' usage; a killed process loses the usage of that time."""
    station_batch_s: float = Field(default=0.25, ge=0)
    """Seconds for which calls and reports of stations are collected before one transaction stores them; 0: each has its own. A
    killed process loses what was collected: times of last calls, and reports that said nothing new."""
    live_ping_s: float = Field(default=15.0, gt=0)
    jobs: bool = True
    """True if this process runs the background jobs too (webhooks); false if `doorward-hub worker` runs them."""
    webhook_retry_interval_ms: int = Field(
        default=60_000,
        ge=100,
        validation_alias=AliasChoices("WEBHOOK_RETRY_INTERVAL_MS", "webhook_retry_interval_ms"),
    )
    """Milliseconds between two sweeps for everything that is due. Between sweeps, the engine polls once a second or more often."""
    webhook_allowed_networks: str = ""
    """Private networks (CIDR, separated by commas) that webhooks may reach: for a lab."""
    webhook_log_days: int = Field(default=30, ge=1, le=3650)
    """Days for which deliveries, and domain events that were delivered, are stored."""

    @field_validator("trusted_proxies", "metrics_networks", "webhook_allowed_networks")
    @classmethod
    def _are_networks(cls, written: str) -> str:
        parse_network_setting(written)
        return written

    @field_validator("public_url")
    @classmethod
    def _is_public_url(cls, url: str) -> str:
        return check_public_url(url) if url else ""

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://")):
            raise ValueError("write redis://HOST:PORT/NUMBER")
        return url

    @property
    def public_path(self) -> str:
        """The path of the public URL, such as `/doorward`; empty if the hub is at the root of its host."""
        return urlsplit(self.public_url).path.rstrip("/")

    @property
    def resolved_database_url(self) -> str:
        """The database URL: the one in the settings, otherwise a file in the data folder."""
        return self.database_url or sqlite_url(self.data.absolute() / "hub.db")

    @property
    def secret_file(self) -> Path:
        """The file of the hub's secret, if the secret is not in the environment."""
        return self.data / "hub-secret"


def sqlite_url(path: Path) -> str:
    """Return the database URL of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string()
