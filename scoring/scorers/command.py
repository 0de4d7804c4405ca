"""Scorer `command`: a scoring program of another platform, run in the trusted sandbox as it is there.

The submission is a zip of results: participant data, unpacked here within caps and never followed outside.
What the program writes is read strictly: `scores.json`, or `scores.txt` with one `key: value` a line.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from scoring.contract import Message, MetricValue, ReportStatus, ScoringReport, ScoringRequest
from scoring.errors import ScorerMisconfigured, SubmissionRefused
from scoring.options import CommandOptions
from scoring.scorers import Places

STAGE = Path("/tmp/input")  # noqa: S108 - inside the sandbox; `/app/input` leads here
OUTPUT = Path("/job/out")
MAX_FILES = 4000
MAX_BYTES = 1 << 30
MAX_SCORES_BYTES = 1 << 20


def score_command(request: ScoringRequest, places: Places) -> ScoringReport:
    """Run the program and read its scores.

    Args:
        request: with `CommandOptions`; the submission is a zip.
        places: where the files are.

    Raises:
        SubmissionRefused: the zip cannot be unpacked.
        ScorerMisconfigured: the program failed, or wrote no score for a column.
    """
    options = CommandOptions.model_validate(request.options)
    reference = places.inputs / request.reference
    STAGE.mkdir(parents=True, exist_ok=True)
    (STAGE / "ref").symlink_to(reference / "ref")
    _unpack(places.inputs / request.submission, STAGE / "res")
    program = reference / "program"
    words = [word.replace("/app/program", str(program)) for word in options.command]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    ended = subprocess.run(words, cwd=program, env=environment, stdout=sys.stderr, check=False)  # noqa: S603
    scores = _scores()
    if ended.returncode != 0 and scores is None:
        raise ScorerMisconfigured(f"the scoring program ended with exit code {ended.returncode}")
    if scores is None:
        raise ScorerMisconfigured("the scoring program wrote neither scores.json nor scores.txt")
    return ScoringReport(status=ReportStatus.SCORED, metrics=_metrics(request, options, scores))


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir()
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [info for info in opened.infolist() if not info.is_dir()]
            if len(members) > MAX_FILES:
                raise _refused()
            for info in members:
                parts = info.filename.split("/")
                if info.filename.startswith("/") or "\\" in info.filename or {"", ".", ".."} & set(parts):
                    raise _refused()
                target = folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(info) as source, target.open("wb") as sink:
                    shutil.copyfileobj(_Capped(source, left), sink)
                left -= target.stat().st_size
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise _refused() from error


class _Capped:
    def __init__(self, source: object, left: int) -> None:
        self._source = source
        self._left = left

    def read(self, size: int = -1) -> bytes:
        body: bytes = self._source.read(size)  # type: ignore[attr-defined]
        self._left -= len(body)
        if self._left < 0:
            raise _refused()
        return body


def _refused() -> SubmissionRefused:
    return SubmissionRefused((Message(code="results-unreadable"),))


def _scores() -> dict[str, object] | None:
    for name, read in (("scores.json", _from_json), ("scores.txt", _from_text)):
        path = OUTPUT / name
        if path.is_file():
            if path.stat().st_size > MAX_SCORES_BYTES:
                raise ScorerMisconfigured(f"{name} is larger than {MAX_SCORES_BYTES} bytes")
            return read(path.read_text("utf-8", "replace"))
    return None


def _from_json(text: str) -> dict[str, object]:
    try:
        scores = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScorerMisconfigured(f"scores.json: {error}") from error
    if not isinstance(scores, dict):
        raise ScorerMisconfigured("scores.json holds no object")
    return scores


def _from_text(text: str) -> dict[str, object]:
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _metrics(
    request: ScoringRequest, options: CommandOptions, scores: dict[str, object]
) -> tuple[MetricValue, ...]:
    directions = {metric.key: metric.higher_is_better is not False for metric in request.metrics}
    values = []
    for column, key in options.columns.items():
        if key not in directions:
            raise ScorerMisconfigured(f"column {column} is metric {key}, which problem.yaml does not name")
        raw = scores.get(column)
        try:
            value = float(raw) if isinstance(raw, str | int | float) else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ScorerMisconfigured(f"the scoring program wrote {raw!r} for {column}; a number is expected")
        values.append(MetricValue(key=key, split="public", value=value, higher_is_better=directions[key]))
    return tuple(values)
