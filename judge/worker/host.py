"""One worker process: its name, its sandboxes, and what it works on now."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import structlog

from judge.clock import utc_now
from judge.receipts import SigningKey
from judge.runtime import Runtime
from judge.services import reaping, workers
from judge.services.judgements import Claim
from judge.services.seating import Place
from judge.settings import receipt_seed
from judge.worker.bench import Bench, SandboxSource
from judge.worker.gateway.desk import Desk
from judge.worker.gateway.stores import DatabaseAnswers
from judge.worker.gpus import Gpus
from judge.worker.health import Health
from judge.worker.identity import Identity
from judge.worker.lanes import Lane
from problems.languages import image_of
from problems.schema import Spec
from sandboxes.base import Provider, ProviderReport
from sandboxes.errors import ImageMissing
from sandboxes.gpus import Inventory, NoGpus

logger = structlog.get_logger(__name__)

CUDA_IMAGE = "python-ml-cuda"
_DIGEST_LIFE_S = 60.0


@dataclass(slots=True)
class Jobs:
    """What this process holds claims for. Thread-safe."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _benches: dict[Claim, Bench] = field(default_factory=dict)
    _on_gpus: set[Claim] = field(default_factory=set)

    @contextmanager
    def track(self, held: Claim, bench: Bench, *, has_gpus: bool = False) -> Iterator[None]:
        """Keep the claim's lease alive, and its sandboxes stoppable, while the block runs."""
        with self._lock:
            self._benches[held] = bench
            if has_gpus:
                self._on_gpus.add(held)
        try:
            yield
        finally:
            with self._lock:
                del self._benches[held]
                self._on_gpus.discard(held)

    def cancel_gpu_work(self) -> None:
        """Stop the work on every claim that holds GPUs."""
        with self._lock:
            benches = [self._benches[held] for held in self._on_gpus]
        for bench in benches:
            bench.cancel()

    def claims(self) -> list[Claim]:
        """List the claims held now."""
        with self._lock:
            return list(self._benches)

    def cancel(self, held: Claim) -> None:
        """Stop the work on a claim, if there still is any."""
        with self._lock:
            bench = self._benches.get(held)
        if bench is not None:
            bench.cancel()


@dataclass(slots=True)
class Host:
    """What every judgement of this process shares.

    Attributes:
        runtime: database, blobs, doorbell, events.
        identity: the worker's name.
        provider: makes sandboxes; also identifies images.
        source: lends them, warm where possible.
        report: what the provider promises, for receipts.
        inventory: of the GPUs that the provider can give to a sandbox.
        gpus: the devices it lends.
        desk: asks models.
        jobs: what is worked on now.
        lane: which slots may work on rejudgings.
        health: whether work may be taken.
        stopping: set when no new work is to be begun.
        signing_key: of receipts.
    """

    runtime: Runtime
    identity: Identity
    provider: Provider
    source: SandboxSource
    report: ProviderReport
    inventory: Inventory = field(default_factory=NoGpus)
    gpus: Gpus = field(init=False)
    lane: Lane = field(init=False)
    signing_key: SigningKey = field(init=False)
    desk: Desk = field(init=False)
    jobs: Jobs = field(default_factory=Jobs)
    health: Health = field(default_factory=Health)
    stopping: threading.Event = field(default_factory=threading.Event)
    _digests: dict[str, tuple[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gpus = Gpus(self.runtime, self.identity.name, self.inventory)
        self.desk = Desk(self.runtime.settings.effective_gateways, DatabaseAnswers(self.runtime.database))
        self.lane = Lane.beside(self.runtime.settings.effective_slots)
        self.signing_key = SigningKey(receipt_seed(self.runtime.settings))

    def place(self, *, takes_rejudgings: bool) -> Place:
        """Return what this worker says of itself when it asks for work."""
        return replace(self.gpus.place, takes_rejudgings=takes_rejudgings)

    def image_digest(self, image: str) -> str:
        """Return what identifies a runner image; looked up again every minute, as it costs time.

        Raises:
            ImageMissing: it is not on this host.
        """
        known = self._digests.get(image)
        if known is None or time.monotonic() - known[1] > _DIGEST_LIFE_S:
            known = (self.provider.image_digest(image), time.monotonic())
            self._digests[image] = known
        return known[0]

    def execute_image(self, spec: Spec, file_format: str, *, has_gpus: bool) -> str:
        """Return the image participant code runs in: with GPUs the CUDA build of it, where there is one."""
        image = image_of(spec.image, file_format)
        if not has_gpus or image != "python-ml":
            return image
        try:
            self.image_digest(CUDA_IMAGE)
        except ImageMissing:
            return image
        return CUDA_IMAGE

    @property
    def folder(self) -> Path:
        """Return where this worker puts files of running judgements."""
        return self.runtime.settings.home / "jobs" / self.identity.owner

    def start(self) -> None:
        """Clean up after an earlier life under this name, and say hello."""
        n_swept = self.provider.sweep()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        settings, now = self.runtime.settings, utc_now()
        with self.runtime.database.transaction() as session:
            expired = reaping.expire(
                session, now=now, max_attempts=settings.max_attempts, worker=self.identity.name
            )
            workers.report(
                session,
                name=self.identity.name,
                n_slots=settings.effective_slots,
                sandbox=asdict(self.report),
                started_at=now,
            )
        self.announce(expired)
        self.gpus.start()
        self.image_digest("python-ml")  # refuses to start where nothing could be scored
        logger.info("worker_started", worker=self.identity.name, n_swept=n_swept, sandbox=self.report.name)

    def announce(self, expired: reaping.Expired) -> None:
        """Ring for what waits again, and tell watchers of both kinds."""
        for place in expired.requeued:
            logger.warning("judgement_requeued", judgement_id=place.judgement_id)
            if place.is_current:
                self.runtime.events.publish(place.public_id, {"state": "queued"})
            self.runtime.dispatcher.ring(place.judgement_id, place.gpu_need)
        for place in expired.given_up:
            logger.error("judgement_given_up", judgement_id=place.judgement_id)
            if place.is_current:
                self.runtime.events.publish(place.public_id, {"state": "done", "verdict": "JE"})

    @contextmanager
    def job_folder(self) -> Iterator[Path]:
        """Lend a private folder for one judgement."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield Path(name)

    def stop(self) -> None:
        """Begin no new work and stop what runs; it is given back without counting the attempt."""
        self.stopping.set()
        for held in self.jobs.claims():
            self.jobs.cancel(held)

    def close(self) -> None:
        """Say good-bye and leave nothing behind."""
        self.stop()
        self.desk.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        with self.runtime.database.transaction() as session:
            workers.gone(session, name=self.identity.name)
        self.runtime.close()
        self.identity.release()
