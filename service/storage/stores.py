"""Where the settings say that photos lie, whole and in parts: in the data folder, or where all reach them."""

from ubora.service.ledger.database import Ledger, sqlite_file
from ubora.service.settings import Settings
from ubora.service.storage.arriving.in_folder import FolderUploads
from ubora.service.storage.arriving.in_store import StoredUploads
from ubora.service.storage.arriving.uploads import Limits, Uploads
from ubora.service.storage.bucket import bucket_of
from ubora.service.storage.objects import ObjectStore
from ubora.service.storage.photos import PhotoStore


def open_store(settings: Settings) -> PhotoStore:
    """Photos, heatmaps and voice notes: in the data folder, or in an S3-compatible store.

    Raises:
        SettingsError: the URL of the store cannot be used, or what it needs is not installed.
        OSError: the folder cannot be made, or the store does not answer.
    """
    if settings.photos_url is None:
        return PhotoStore(settings.data)
    return ObjectStore(settings.data, bucket_of(settings.photos_url), settings.photos_cache_mb * 1_000_000)


def open_uploads(settings: Settings, ledger: Ledger) -> Uploads:
    """Unfinished uploads: in the data folder, unless PostgreSQL keeps the ledger and a store the photos.

    Raises:
        SettingsError, OSError: as `open_store`.
    """
    folder = settings.data / "arriving"
    limits = Limits(settings.unfinished_uploads, settings.max_request_bytes)
    if settings.photos_url is None or sqlite_file(settings.ledger_url()) is not None:
        return FolderUploads(folder, limits)
    left = FolderUploads(folder, limits) if folder.is_dir() else None
    return StoredUploads(ledger, bucket_of(settings.photos_url), limits, left)
