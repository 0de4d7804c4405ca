"""What proving a package of kind prompt needs beside sandboxes: a gateway that answers."""

import contextlib
import time
from collections.abc import Iterator

from judge.settings import SMALL_GATEWAY, Settings
from judge.stack import small_model
from judge.stack.child import start
from judge.stack.parts import JUDGE_COMMAND, PROBE_S
from judge.worker.gateway.calls import GatewayFault
from judge.worker.gateway.desk import Desk, find_terms
from judge.worker.gateway.stores import FolderAnswers
from problems.errors import Finding
from problems.lint import lines_of
from problems.loader import MANIFEST, Package


def find_unmet_gateway(package: Package, settings: Settings) -> Finding | None:
    """Return a complaint where a problem asks a gateway or model that is not configured here.

    Code: gateway-missing.
    """
    rules = package.spec.prompt
    if rules is None:
        return None
    try:
        find_terms(settings.effective_gateways, rules.gateway, rules.model)
    except GatewayFault as fault:
        key = "model" if rules.gateway in settings.effective_gateways else "gateway"
        return Finding("gateway-missing", fault.detail, MANIFEST, lines_of(package).of("prompt", key))
    return None


@contextlib.contextmanager
def open_desk(package: Package, settings: Settings) -> Iterator[Desk]:
    """Yield what answers requests to models; answers are kept below `home`, so that a second proof is quick.

    The small model is run for so long, where the problem asks it and nothing else runs it.
    """
    rules = package.spec.prompt
    is_asked = rules is not None and rules.gateway == SMALL_GATEWAY and small_model.is_wanted(settings)
    with contextlib.ExitStack() as stack:
        if is_asked and not small_model.answers(settings):
            small_model.prepare(settings)
            child = start(small_model.part(settings, JUDGE_COMMAND))
            stack.callback(child.stop)
            while not child.spec.is_ready() and not child.has_ended():
                time.sleep(PROBE_S)
        answers = FolderAnswers(settings.home / "cache" / "answers")
        yield stack.enter_context(contextlib.closing(Desk(settings.effective_gateways, answers)))
