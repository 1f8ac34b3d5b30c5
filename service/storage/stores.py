"""Where the settings say that photos lie: in the data folder, or in an S3-compatible store."""

from ubora.service.settings import Settings
from ubora.service.storage.objects import ObjectStore, bucket_of
from ubora.service.storage.photos import PhotoStore


def open_store(settings: Settings) -> PhotoStore:
    """
    Raises:
        SettingsError: the URL of the store cannot be used, or what it needs is not installed.
        OSError: the folder cannot be made, or the store does not answer.
    """
    if settings.photos_url is None:
        return PhotoStore(settings.data)
    return ObjectStore(settings.data, bucket_of(settings.photos_url), settings.photos_cache_mb * 1_000_000)
