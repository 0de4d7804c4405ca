"""The worker process: Celery with threads, so that all slots share one warm pool and one name."""

import redis
import structlog
from celery import Celery, signals
from celery.concurrency import get_implementation

from judge import logs, runtime
from judge.dispatch import QUEUE, broker_url, common_config
from judge.services import problems
from judge.settings import Settings
from judge.worker.heartbeat import show_images, threads
from judge.worker.host import Host
from judge.worker.identity import take_identity
from judge.worker.profiles import score_profile
from judge.worker.tasks import register
from sandboxes.gpus import NoGpus, find_inventory
from sandboxes.pool import Pool
from sandboxes.select import select_provider

logger = structlog.get_logger(__name__)


def make_app(settings: Settings) -> Celery:
    """Return the Celery application of a worker: JSON only, one ring a slot, late acknowledgement."""
    app = Celery("judge", broker=broker_url(settings), set_as_current=False)
    app.conf.update(common_config())
    app.conf.update(
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
    )
    return app


def make_host(settings: Settings) -> Host:
    """Open everything that a worker works with.

    Raises:
        ProviderUnavailable: no sandbox can be made here; says what to install.
        ConfigurationError: settings are wrong.
    """
    identity = take_identity(settings)
    inventory = find_inventory()
    provider = select_provider(
        settings.sandbox,
        allow_local=settings.allow_local_sandbox,
        owner=identity.owner,
        run_dir=settings.run_dir,
        hidden=[settings.home],
        docker_runtime=settings.docker_runtime or None,
    )
    return Host(
        runtime=runtime.build(settings),
        identity=identity,
        provider=provider,
        source=Pool(
            provider,
            max_warm=settings.warm_sandboxes,
            warm_memory_mib=settings.warm_memory_mib or None,
        ),
        report=provider.report(),
        # The local provider cannot give a device to a sandbox: there it is as if there were none.
        inventory=inventory if provider.name == "docker" else NoGpus(),
    )


def warm_up(host: Host) -> None:
    """Have a scoring sandbox ready for each kind of scorer that open problems use."""
    if not isinstance(host.source, Pool):
        return
    with host.runtime.database.read() as session:
        profiles = {
            score_profile(problems.spec_of(problems.current_version(problem)))
            for problem in problems.list_problems(session)
        }
    for profile in profiles:
        host.source.prepare(profile)


def run_worker(settings: Settings) -> int:
    """Run a worker until it is told to stop.

    Args:
        settings: frozen settings.

    Returns:
        The exit code.
    """
    logs.configure(settings.log_format)
    signals.setup_logging.connect(_keep_our_logging, weak=False)
    host = make_host(settings)
    app = make_app(settings)
    register(app, host)
    bells = redis.Redis.from_url(settings.effective_redis_url, socket_connect_timeout=2.0)
    periodics = threads(host, lambda queue: _n_bells(bells, queue))
    try:
        host.start()
        show_images(host)
        warm_up(host)
        for periodic in periodics:
            periodic.start()
        worker = app.Worker(
            hostname=f"judge@{host.identity.owner}",
            pool_cls=get_implementation("threads"),
            concurrency=settings.effective_slots,
            queues=[QUEUE, *host.gpus.queues],
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            quiet=True,
            loglevel="INFO",
        )
        signals.worker_shutting_down.connect(lambda **_: host.stop(), weak=False)
        worker.start()
        return int(worker.exitcode or 0)
    finally:
        for periodic in periodics:
            periodic.stop()
        _close(host)


def _close(host: Host) -> None:
    host.close()
    if isinstance(host.source, Pool):
        host.source.close()
    host.provider.close()


def _n_bells(bells: "redis.Redis", queue: str) -> int | None:
    try:
        return int(bells.llen(queue))
    except redis.RedisError:
        return None


def _keep_our_logging(**_: object) -> None:
    """Tell Celery that logging is set up already."""
