"""Smoke tests: a submission judged on the sample alone, and told of nothing else.

What is judged is cut down beforehand, so that hidden inputs never meet a submission that pays for
nothing; what comes out is cut down as well, for predictions, whose form can be checked against all rows
only.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from judge.models.words import Verdict
from judge.services.results import JudgementResult
from judge.worker.material import Material
from problems.casenames import ANSWER, INPUT, Splits, split_of
from problems.sample import Sample
from problems.schema import Spec


def on_sample(material: Material, sample: Sample, files: Mapping[str, Path]) -> Material:
    """Return what a smoke test judges by.

    Args:
        material: of a whole judgement.
        sample: where the problem's sample is.
        files: `inputs/…` and `reference/…` of the folder `public/sample`.
    """
    if sample is Sample.FOLDER:
        return replace(
            material,
            inputs=_below(files, "inputs/"),
            reference=_below(files, "reference/"),
            sample=sample,
        )
    if sample is Sample.CASES:
        rules = _splits(material.spec)
        return replace(
            material,
            spec=_without_subtasks(material.spec),
            inputs=_samples(material.inputs, rules),
            reference=_samples(material.reference, rules),
            sample=sample,
        )
    return replace(material, sample=sample)


def told(result: JudgementResult, sample: Sample) -> JudgementResult:
    """Return what may be told of a smoke test: all is of the split `sample`, and nothing is ranked."""
    if sample is Sample.FOLDER:
        return _relabelled(result)
    kept = replace(
        result,
        score=None,
        score_private=None,
        metrics=tuple(one for one in result.metrics if one.split == "sample"),
        cases=tuple(one for one in result.cases if one.split == "sample"),
        subtasks=(),
        tables=tuple(one for one in result.tables if one.split == "sample"),
        plots=tuple(one for one in result.plots if one.plot.split == "sample"),
    )
    if sample is Sample.ROWS and result.verdict in {Verdict.AC, Verdict.WA}:
        # Its form is right. Whether it is good enough would tell of rows that are hidden.
        return replace(kept, verdict=Verdict.AC, messages=())
    return kept


def _relabelled(result: JudgementResult) -> JudgementResult:
    """Return a result on the sample folder: whatever split its reference names, contestants have it."""
    metrics = {one.key: one for one in result.metrics if one.split == "private"}
    metrics |= {one.key: one for one in result.metrics if one.split != "private"}
    return replace(
        result,
        score=None,
        score_private=None,
        metrics=tuple(
            one.model_copy(update={"split": "sample", "replicates": ()}) for one in metrics.values()
        ),
        cases=tuple(one.model_copy(update={"split": "sample"}) for one in result.cases),
        subtasks=(),
        tables=tuple(one.model_copy(update={"split": "sample"}) for one in result.tables),
        plots=tuple(
            replace(one, plot=one.plot.model_copy(update={"split": "sample"})) for one in result.plots
        ),
    )


def _below(files: Mapping[str, Path], folder: str) -> dict[str, Path]:
    return {name.removeprefix(folder): path for name, path in files.items() if name.startswith(folder)}


def _splits(spec: Spec) -> Splits:
    if spec.program is not None and spec.program.cases is not None:
        return spec.program.cases
    assert spec.interactive is not None  # noqa: S101 - else there would be no sample
    return spec.interactive


def _samples(files: Mapping[str, Path], rules: Splits) -> dict[str, Path]:
    """Return the files of sample cases, and those that belong to no case."""
    kept = {}
    for name, path in files.items():
        case = name.removesuffix(INPUT if name.endswith(INPUT) else ANSWER)
        if case == name or split_of(case, rules) == "sample":
            kept[name] = path
    return kept


def _without_subtasks(spec: Spec) -> Spec:
    """Return the manifest without subtasks: samples give no points."""
    if spec.program is None or spec.program.cases is None:
        return spec
    cases = spec.program.cases.model_copy(update={"subtasks": ()})
    return spec.model_copy(update={"program": spec.program.model_copy(update={"cases": cases})})
