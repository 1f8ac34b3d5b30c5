"""What one running service is told: where it keeps things, where it listens, how much it takes on.

settings = Settings.from_environment(os.environ, data=Path("var"))
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.registry import RELEASES

PREFIX = "UBORA_"


class SettingsError(ValueError):
    """A setting that cannot be used: which one, what was found."""


class Settings(BaseModel):
    """Read once at start; nothing in the service reads the environment after that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Path("var")
    """Photos, heatmaps, and the ledger unless `database_url` says otherwise."""
    database_url: str | None = None
    """SQLAlchemy URL; None is SQLite in the data folder."""
    releases: Path = RELEASES
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
    max_photo_bytes: Annotated[int, Field(ge=1024)] = 16_000_000
    max_request_bytes: Annotated[int, Field(ge=1024)] = 40_000_000
    upload_budget_bytes: Annotated[int, Field(ge=1024)] = 256_000_000
    """Bytes of unfinished uploads held in memory by all requests together; beyond it 503."""
    upload_seconds: Annotated[float, Field(gt=0)] = 300.0
    """A photo over 2G takes minutes; a connection that sends nothing is let go."""
    unfinished_uploads: Annotated[int, Field(ge=1)] = 32
    """Resumable uploads that one token may have begun, together of at most `max_request_bytes`."""
    unfinished_hours: Annotated[float, Field(gt=0)] = 48.0
    """Age at which an upload that nothing is added to is removed; a weekend without network is shorter."""
    release_poll_seconds: Annotated[float, Field(gt=0)] = 1.0
    orphan_hours: Annotated[float, Field(gt=0)] = 24.0
    """Age at which a photo that no inspection refers to is removed."""

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
            raise SettingsError(f"{field}: {fault['msg']}, found {fault['input']!r}") from None

    def ledger_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data.resolve() / 'ledger.sqlite'}"

    def is_https(self) -> bool:
        """Whether phones and browsers reach the service encrypted, as far as it was told."""
        return (self.public_url or "").startswith("https:")

    def admin_token_file(self) -> Path:
        return self.data / "admin-token"

    def demo_tokens_file(self) -> Path:
        return self.data / "demo-tokens.json"
