"""The hub's settings: from the environment (prefix DOORWARD_, the report's two names without), then the command line."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub_sync.hub.kit.db.database import sqlite_url
from hub_sync.hub.kit.middleware.access_log import AccessLogMode
from hub_sync.hub.kit.security.client_address import parse_network_setting

MIB = 1024 * 1024


class HubSettings(BaseSettings):
    """What differs between one hub and another."""

    model_config = SettingsConfigDict(env_prefix="DOORWARD_", extra="ignore", populate_by_name=True)

    data: Path = Path("doorward-data")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8700, ge=0, le=65535)
    secret: SecretStr = SecretStr("")
    """64 hex digits that seal keys at rest; empty: a key file in the data folder."""
    qr_encryption_key: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("QR_ENCRYPTION_KEY", "qr_encryption_key")
    )
    session_secret: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("SESSION_SECRET", "session_secret")
    )
    max_body: int = MIB
    max_push_body: int = 16 * MIB
    """Bytes of a request body, as sent and once more as decompressed; a push of scans may be larger."""
    poll_feeds_s: float = Field(default=0.5, gt=0)
    """How often to look for other processes' commits while somebody listens."""
    redis_url: str = ""
    """`redis://…`: where several processes count rate limits together and wake each other; empty: this process only."""
    trusted_proxies: str = ""
    """Networks (CIDR, commas between) whose `X-Forwarded-For` is believed."""
    public_url: str = ""
    """How people reach the hub (`https://hub.example.org`), for links that are sent; empty: as they came."""
    metrics_networks: str = "127.0.0.0/8, ::1/128"
    """Networks (CIDR, commas between) that may read `/metrics`."""
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        validation_alias=AliasChoices("DOORWARD_WORKERS", "WEB_CONCURRENCY", "workers"),
    )
    """Processes that answer; more than one needs PostgreSQL and Redis."""
    access_log: AccessLogMode = AccessLogMode.CHANGES
    """Which requests leave a line in the log: all; changes, refusals and slow ones; or none."""
    drain_s: float = Field(default=0.0, ge=0, le=600)
    """How long to go on answering after a stop was asked, `/readyz` saying 503, until a balancer has seen it."""
    session_idle_h: float = Field(default=12.0, gt=0)
    session_longest_h: float = Field(default=7 * 24.0, gt=0)
    usage_flush_s: float = Field(default=5.0, gt=0)
    """How often it is written down how API keys were used; a killed process loses the count of that time."""
    live_ping_s: float = Field(default=15.0, gt=0)
    jobs: bool = True
    """Whether this process does the background work too (webhooks); off where `doorward-hub worker` does it."""
    webhook_retry_interval_ms: int = Field(
        default=60_000,
        ge=100,
        validation_alias=AliasChoices("WEBHOOK_RETRY_INTERVAL_MS", "webhook_retry_interval_ms"),
    )
    """The longest time between two looks for what is due, where nothing has woken the worker before."""
    webhook_allowed_networks: str = ""
    """Networks (CIDR, commas between) that webhooks may reach though they are not public: for a lab."""
    webhook_log_days: int = Field(default=30, ge=1, le=3650)
    """How long deliveries, and facts that everybody has been told, are kept."""

    @field_validator("trusted_proxies", "metrics_networks", "webhook_allowed_networks")
    @classmethod
    def _are_networks(cls, written: str) -> str:
        parse_network_setting(written)
        return written

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://")):
            raise ValueError("write redis://HOST:PORT/NUMBER")
        return url

    @property
    def resolved_database_url(self) -> str:
        """The database to use: the one named, else a file in the data folder."""
        return self.database_url or sqlite_url(self.data.absolute() / "hub.db")

    @property
    def secret_file(self) -> Path:
        """Where the sealing key is kept if it is not in the environment."""
        return self.data / "hub-secret"
