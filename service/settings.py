"""What one running service is told: where it keeps things, where it listens, how much it takes on.

settings = Settings.from_environment(os.environ, data=Path("var"))
"""

from collections.abc import Mapping
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from ubora.models.imaging import limits
from ubora.models.naming import did_you_mean
from ubora.models.registry.releases import RELEASES

PREFIX = "UBORA_"
MailAddress = Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$")]


class SettingsError(ValueError):
    """A setting that cannot be used: which one, what was found."""


class Settings(BaseModel):
    """Read once at start; nothing in the service reads the environment after that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Path("var")
    """Photos, heatmaps, and the ledger unless `database_url` says otherwise."""
    database_url: str | None = None
    """PostgreSQL instead, as postgresql://USER:PASSWORD@HOST/DATABASE; None is SQLite in the data folder."""
    zone: str | None = None
    """Whose days and weeks numbers are of: a time zone, as Africa/Nairobi. None: what the ledger remembers; a
    new one's are Nairobi's. With another than the ledger's the service does not start; `ubora admin recount
    --zone NAME` counts it anew."""
    photos_url: Annotated[str, Field(pattern=r"^s3://[^/?#\s]+")] | None = None
    """Photos, heatmaps and voice notes in an S3-compatible store: s3://BUCKET/PREFIX?endpoint=URL. Its keys
    are found as boto3 finds them (AWS_ACCESS_KEY_ID, …). None is the data folder. Beside `database_url`
    unfinished uploads are there too, so that several services need no folder in common."""
    photos_cache_mb: Annotated[int, Field(ge=1)] = 2_000
    """Of the data folder's disk for what was last fetched from there."""
    small_photos_mb: Annotated[int, Field(ge=0)] = 500
    """Of the data folder's disk for small copies of photos, which lists and contact sheets show."""
    write_seconds: Annotated[float, Field(ge=0, le=600)] = 5.0
    """How long what is to be stored waits for another program that holds the ledger; beyond it 503."""
    releases: Path = RELEASES
    release_keys: Path | None = None
    """Public keys, PEM: only a release that one of them signed is served or promoted. None takes any."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: Annotated[str, Field(pattern=r"^https?://[^/?#\s]+/?$")] | None = None
    """Where phones and browsers reach the service: for links in QRs, and with https no session cookie is ever
    sent without encryption. None: what the request says, which is right without a proxy in between."""
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Photos inspected at the same time; one a core is right, more only adds memory."""
    queue_limit: Annotated[int, Field(ge=1)] = 32
    """Inspections waiting for a worker; beyond it 503, or phones would wait longer than they retry."""
    max_photos: Annotated[int, Field(ge=1, le=6)] = 6
    max_photo_bytes: Annotated[int, Field(ge=1024)] = limits.MAX_BYTES
    max_request_bytes: Annotated[int, Field(ge=1024)] = 40_000_000
    upload_budget_bytes: Annotated[int, Field(ge=1024)] = 64_000_000
    """Bytes of photos held in memory by all requests together until their work is done; beyond it 503. Fifty
    requests of six photos as phones send them; while it is worked on, a photo is there twice."""
    upload_seconds: Annotated[float, Field(gt=0)] = 300.0
    """A photo over 2G takes minutes."""
    body_seconds: Annotated[float, Field(gt=0)] = 20.0
    """For a little JSON: a few round trips of the worst network."""
    quiet_seconds: Annotated[float, Field(gt=0)] = 60.0
    """A body that brings next to nothing for so long, or an answer of which as little is read, is let go. A
    phone that changes the cell or takes a call is silent for half of it."""
    header_seconds: Annotated[float, Field(gt=0)] = 20.0
    """From the connection to the end of a request's header."""
    max_header_bytes: Annotated[int, Field(ge=1024)] = 32_768
    """What nginx takes; a browser with the cookies of many others on localhost stays below it."""
    max_connections: Annotated[int, Field(ge=1)] = 1_000
    """Beyond it the connection goes that owes its header longest. Half-sent headers hold 64 MB at most."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks, separated by commas, whose X-Forwarded-For and -Proto are believed. None:
    whoever connects is the client, also from this machine."""
    unfinished_uploads: Annotated[int, Field(ge=1)] = 32
    """Resumable uploads that one token may have begun, together of at most `max_request_bytes`."""
    unfinished_hours: Annotated[float, Field(gt=0)] = 48.0
    """Age at which an upload that nothing is added to is removed; a weekend without network is shorter."""
    release_poll_seconds: Annotated[float, Field(gt=0)] = 1.0
    traces_url: Annotated[str, Field(pattern=r"^https?://[^/?#\s]+/\S*$")] | None = None
    """Where OpenTelemetry's traces go, OTLP over HTTP: http://127.0.0.1:4318/v1/traces. None: nowhere."""
    claim_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 10.0
    """For how long a reviewer holds a piece that she has open, unless she says that she still has."""
    audit_share: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Of the pieces that passed: the share that a person looks at all the same. 0: none."""
    second_review_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Of the pieces that people decided: the share that a second person looks at unseeing. 0: none."""
    known_share: Annotated[float, Field(ge=0, le=0.15)] = 0.05
    """Of the pieces that a reviewer takes: the share that is known, once some are marked. 0: none."""
    listeners: Annotated[int, Field(ge=1, le=1_000)] = 64
    """Pages of the console that are told of the queue while it changes; beyond it 503, and they ask again."""
    alert_seconds: Annotated[float, Field(gt=0)] = 900.0
    """How often the weeks that are over are looked at for what changed."""
    delivery_seconds: Annotated[float, Field(gt=0)] = 5.0
    """How often what waits to be sent to webhooks and by mail is looked for."""
    most_escapes: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Of the pieces that a release passed: the share that people would not have, above which is an alert."""
    webhooks_http: bool = False
    """Also addresses without encryption may be told of alerts."""
    webhooks_private: bool = False
    """Also addresses of this machine and of private networks: who may add one could reach what is there."""
    smtp_url: Annotated[str, Field(pattern=r"^smtps?://[^/?#\s]+$")] | None = None
    """The server that alerts are mailed by: smtp://USER:PASSWORD@HOST:587 begins TLS, smtps://HOST:465 is in
    TLS from the start. What is no letter or digit is written as %40 in both. None: no mail."""
    mail_from: MailAddress | None = None
    mail_to: Annotated[tuple[MailAddress, ...], Field(validate_default=True)] = ()
    """Addresses, separated by commas."""
    harvests: Annotated[int, Field(ge=1, le=100)] = 5
    """Harvests that the console keeps; beyond it one is to be deleted first."""
    harvests_mb: Annotated[int, Field(ge=1)] = 5_000
    """Of the data folder's disk for them; while one is made it takes twice its size."""
    orphan_hours: Annotated[float, Field(gt=0)] = 24.0
    """Age at which a photo that no inspection refers to is removed."""
    keep_photos_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Days for which photos of decided pieces are kept; None: for ever. The pieces' records stay."""
    keep_voices_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Likewise for voice notes."""

    @field_validator("upload_budget_bytes")
    @classmethod
    def _takes_one_request(cls, value: int, others: ValidationInfo) -> int:
        least = others.data.get("max_request_bytes", 0)
        if value < least:
            raise ValueError(
                f"expected at least max_request_bytes ({least:,}), or none that large is ever taken"
            )
        return value

    @field_validator("zone")
    @classmethod
    def _is_known(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError):  # what the library raises for no name, a path, a folder
                meant = did_you_mean(value, available_timezones())
                raise ValueError(f"no time zone{meant}; expected one as Africa/Nairobi") from None
        return value

    @field_validator("mail_to")
    @classmethod
    def _is_complete(cls, value: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
        if others.data.get("smtp_url") and not (value and others.data.get("mail_from")):
            raise ValueError("expected mail_from and mail_to beside smtp_url")
        return value

    @field_validator("trusted_proxies", "mail_to", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ip_network(one)
        return value

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], **given: Any) -> Self:
        """UBORA_<FIELD> variables, overruled by what was given on the command line (None is not given).

        Raises:
            SettingsError: a value that does not fit its field, or an unknown UBORA_ variable.
        """
        values: dict[str, Any] = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(PREFIX)
        }
        values |= {name: value for name, value in given.items() if value is not None}
        try:
            return cls(**values)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            field = PREFIX + str(fault["loc"][0]).upper()
            if fault["type"] == "extra_forbidden":
                meant = did_you_mean(fault["loc"][0], cls.model_fields)
                raise SettingsError(f"{field}: no such setting{meant}") from None
            raise SettingsError(f"{field}: {fault['msg']}, found {fault['input']!r}") from None

    def ledger_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data.resolve() / 'ledger.sqlite'}"

    def is_https(self) -> bool:
        """Whether phones and browsers reach the service encrypted, as far as it was told."""
        return (self.public_url or "").startswith("https:")

    def trusted_networks(self) -> list[str]:
        """The trusted proxies, each also as a socket for both kinds of addresses writes it."""
        networks = []
        for one in self.trusted_proxies:
            known = ip_network(one)
            networks.append(str(known))
            if isinstance(known, IPv4Network):
                networks.append(str(ip_network(f"::ffff:{known.network_address}/{96 + known.prefixlen}")))
        return networks

    def admin_token_file(self) -> Path:
        return self.data / "admin-token"

    def demo_tokens_file(self) -> Path:
        return self.data / "demo-tokens.json"
