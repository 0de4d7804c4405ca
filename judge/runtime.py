"""What portal, command line and worker pass around: the parts that settings decide."""

from dataclasses import dataclass

from judge import passwords
from judge.db.session import Database
from judge.dispatch import CeleryDispatcher, Dispatcher
from judge.events import EventBus, Events
from judge.settings import Settings
from judge.storage import BlobStore, open_store


@dataclass(frozen=True, slots=True)
class Runtime:
    """One process's open parts.

    Attributes:
        settings: frozen settings.
        database: sessions.
        blobs: uploaded and published bytes.
        dispatcher: the doorbell.
        events: live updates.
    """

    settings: Settings
    database: Database
    blobs: BlobStore
    dispatcher: Dispatcher
    events: EventBus

    def close(self) -> None:
        """Give back connections."""
        self.database.dispose()


def build(settings: Settings) -> Runtime:
    """Open everything that `settings` names. Nothing is connected to yet.

    Raises:
        ConfigurationError: a URL is wrong.
    """
    if settings.is_testing:
        passwords.use_quick_hashes()
    return Runtime(
        settings=settings,
        database=Database(settings),
        blobs=open_store(settings.effective_blob_url),
        dispatcher=CeleryDispatcher(settings),
        events=Events(settings.effective_redis_url),
    )
