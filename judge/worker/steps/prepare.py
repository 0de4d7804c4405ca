"""Turns a claimed row into files: what the sandboxes will get, and nothing of the database."""

from dataclasses import dataclass
from pathlib import Path

from judge.models import Judgement, ProblemVersion
from judge.runtime import Runtime
from judge.services.judgements import Claim
from judge.services.problems import spec_of
from judge.worker.material import INPUTS, REFERENCE, SCORER, Material
from judge.worker.receipts import Origin
from judge.worker.smoke import on_sample
from judge.worker.verdicts import ScorerFault
from problems.sample import sample_of


@dataclass(frozen=True, slots=True)
class Prepared:
    """A judgement that is ready to be evaluated."""

    material: Material
    origin: Origin


def prepare(runtime: Runtime, held: Claim) -> Prepared:
    """Look up what a claim is about and bring its blobs to this host.

    Args:
        runtime: database and blobs.
        held: the claim.

    Raises:
        FileNotFoundError: a blob is gone: the machines' fault.
    """
    with runtime.database.read() as session:
        judgement = session.get_one(Judgement, held.judgement_id)
        return prepared_of(runtime, judgement, attempt=held.n_attempts)


def prepared_of(runtime: Runtime, judgement: Judgement, *, attempt: int) -> Prepared:
    """Bring what a judgement is about to this host; its session must be open.

    Args:
        runtime: database and blobs.
        judgement: any, settled ones too.
        attempt: which attempt this is.

    Raises:
        FileNotFoundError: a blob is gone.
    """
    submission, version = judgement.submission, judgement.problem_version
    material = Material(
        spec=spec_of(version),
        submission=runtime.blobs.local_path(submission.blob_sha256),
        format=submission.format,
        inputs=_files(runtime, version, INPUTS),
        reference=_files(runtime, version, REFERENCE),
        package_sha256=version.package_sha256,
        scorer=_file(runtime, version, SCORER),
    )
    if submission.is_smoke:
        material = _on_sample(runtime, version, material)
    origin = Origin(
        submission_sha256=submission.blob_sha256,
        problem=material.spec.slug,
        problem_version=version.version,
        attempt=attempt,
    )
    return Prepared(material, origin)


def _on_sample(runtime: Runtime, version: ProblemVersion, material: Material) -> Material:
    sample = sample_of(material.spec, version.files)
    if sample is None:  # it was refused at the door, unless the problem changed since
        raise ScorerFault("the problem has no sample to test on")
    return on_sample(material, sample, _files(runtime, version, "public/sample/"))


def _file(runtime: Runtime, version: ProblemVersion, name: str) -> Path | None:
    entry = version.files.get(name)
    return runtime.blobs.local_path(entry["sha256"]) if entry else None


def _files(runtime: Runtime, version: ProblemVersion, folder: str) -> dict[str, Path]:
    return {
        path.removeprefix(folder): runtime.blobs.local_path(entry["sha256"])
        for path, entry in version.files.items()
        if path.startswith(folder)
    }
