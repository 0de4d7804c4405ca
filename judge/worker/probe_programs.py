"""Submissions that know nothing, as programs: one answers the same to everything, one at random.

They know which answers there are, as a contestant might guess, and never look at what they are asked. They
are the organizer's own, run while a package is proven, and never those of a contestant.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from judge.worker.probe_tables import REFERENCE, NoProbe, write_probes
from problems.casenames import ANSWER
from problems.loader import Package

_MAX_ANSWERS = 50
_MAX_CHARS = 20_000
_SEED = 20_260_101
_CASES = '''\
"""Prints an answer without reading the question."""

import random
import sys

ANSWERS = {answers!r}
random.seed({seed})
sys.stdout.write({pick})
'''
_FUNCTIONS = '''\
"""Returns a value without looking at its arguments."""

import random

random.seed({seed})


def guess(*_args, **_kwargs):
    return {pick}


{names}
'''
_SERVER = '''\
"""Answers without reading the request."""

import os
import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = {answers!r}
random.seed({seed})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = {pick}.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
'''
_STEP = '''\
"""Leaves what it brought along, and looks at nothing."""

import os
import pathlib
import shutil

out = pathlib.Path("/job/out")
for name in {outputs!r}[os.environ["JUDGE_STEP"]]:
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).touch()
    if name == {result!r}:
        shutil.copyfile("brought", out / name)
'''
_PICKS = {"constant": "ANSWERS[0]", "random": "random.choice(ANSWERS)"}
_DATE = (1980, 1, 1, 0, 0, 0)


def write_programs(package: Package, folder: Path) -> dict[str, Path]:
    """Write a constant and a random program.

    Args:
        package: of kind program, function or service.
        folder: existing.

    Returns:
        Name of the probe → file.

    Raises:
        NoProbe: none can be written for this problem.
    """
    spec = package.spec
    if spec.kind == "program" and spec.program is not None and spec.program.steps:
        return _step_programs(package, folder)
    if "py" not in spec.submission.formats:
        raise NoProbe("this problem takes no Python")
    sources = _sources(package)
    files = {}
    for name, source in sources.items():
        files[name] = folder / f"{name}.py"
        files[name].write_text(source, encoding="utf-8")
    return files


def _sources(package: Package) -> dict[str, str]:
    spec = package.spec
    if spec.kind == "function":
        names = "\n".join(f"{name} = guess" for name in spec.submission.functions)
        picks = {"constant": "0.0", "random": "random.random()"}
        return {name: _FUNCTIONS.format(pick=pick, names=names, seed=_SEED) for name, pick in picks.items()}
    if spec.kind == "service":
        template, answers = _SERVER, _service_answers(package)
    elif spec.kind == "program":
        template, answers = _CASES, _case_answers(package)
    else:
        raise NoProbe(f"kind {spec.kind} has no submission that knows nothing")
    if not answers:
        raise NoProbe("the reference tells no answers")
    return {name: template.format(answers=answers, pick=pick, seed=_SEED) for name, pick in _PICKS.items()}


def _case_answers(package: Package) -> list[str]:
    texts = [
        entry.path.read_text("utf-8", "replace")
        for entry in package.below(REFERENCE)
        if entry.name.endswith(ANSWER) and entry.n_bytes <= _MAX_CHARS
    ]
    return _most_common(texts)


def _service_answers(package: Package) -> list[str]:
    name = f"{REFERENCE}{package.spec.scoring.options.get('requests', 'requests.jsonl')}"
    lines = package.files[name].path.read_text("utf-8").splitlines() if name in package.files else []
    questions: list[Any] = [json.loads(line) for line in lines if line.strip()]
    return _most_common([json.dumps(question.get("expected")) for question in questions])


def _most_common(texts: Sequence[str]) -> list[str]:
    kept, n_chars = [], 0
    for text, _ in Counter(texts).most_common(_MAX_ANSWERS):
        n_chars += len(text)
        if n_chars > _MAX_CHARS:
            break
        kept.append(text)
    return kept


def _step_programs(package: Package, folder: Path) -> dict[str, Path]:
    spec = package.spec
    rules = spec.program
    if rules is None or rules.result is None or "zip" not in spec.submission.formats:
        raise NoProbe("a program of several files is not taken")
    if any(step.is_packed or step.command != ("python3", "main.py") for step in rules.steps):
        raise NoProbe("its steps run no main.py, or leave more than named files")
    suffix = Path(rules.result).suffix.lstrip(".")
    results = write_probes(package, suffix, folder)
    outputs = {step.name: step.outputs for step in rules.steps}
    source = _STEP.format(outputs=outputs, result=rules.result)
    return {name: _packed(folder / f"{name}.zip", source, path) for name, path in results.items()}


def _packed(target: Path, source: str, result: Path) -> Path:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("main.py", _DATE), source)
        archive.writestr(zipfile.ZipInfo("brought", _DATE), result.read_bytes())
    target.write_bytes(sink.getvalue())
    return target
