"""Verdicts are a pure function of what happened."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.messages import CATALOGUE, render
from judge.models.words import Verdict
from judge.worker import verdicts
from judge.worker.verdicts import ScorerFault
from sandboxes.errors import SandboxDied
from sandboxes.limits import Limits
from sandboxes.results import Outcome, StepResult, Usage
from scoring.contract import (
    Case,
    CaseVerdict,
    Message,
    MetricValue,
    ReportStatus,
    ScoringReport,
)


def step(outcome: Outcome = Outcome.OK, exit_code: int | None = 0, **more) -> StepResult:
    values = {"signal": None, "stdout": b"", "stderr": b"", "usage": Usage(0.1, 0.1, 10, "cgroup"), **more}
    return StepResult(outcome=outcome, exit_code=exit_code, **values)


def fault(exit_code: int, code: object, params: object = None) -> StepResult:
    body = json.dumps({"code": code, "params": params or {}}).encode()
    return step(Outcome.EXIT, exit_code, outputs={"fault.json": body})


def case(verdict: str) -> Case:
    return Case(name="x", title={"en": "x", "zh": "x"}, verdict=CaseVerdict(verdict), score=0.0)


def report(*cases: Case, status: ReportStatus = ReportStatus.SCORED, **more) -> ScoringReport:
    return ScoringReport(status=status, cases=cases, **more)


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome.WALL_TIME, "TLE"),
        (Outcome.CPU_TIME, "TLE"),
        (Outcome.MEMORY, "MLE"),
        (Outcome.DISK, "OLE"),
        (Outcome.OUTPUT_FLOOD, "OLE"),
        (Outcome.OUTPUT_SIZE, "OLE"),
        (Outcome.OUTPUT_MISSING, "RTE"),
        (Outcome.SIGNAL, "RTE"),
        (Outcome.EXIT, "RTE"),
        (Outcome.SECURITY, "SV"),
    ],
)
def test_every_bad_end_has_a_verdict_and_a_line(outcome: Outcome, verdict: str) -> None:
    ruling = verdicts.rule_on_execution(step(outcome, 1), Limits())
    assert ruling is not None
    assert ruling.verdict == verdict
    for message in ruling.messages:
        assert message.code in CATALOGUE
        assert "{" not in render(message.code, message.params)


def test_a_good_end_has_none() -> None:
    assert verdicts.rule_on_execution(step(), Limits()) is None


def test_faults_of_the_runner() -> None:
    refused = verdicts.rule_on_execution(
        fault(3, "output-shape", {"found": "(3,)", "expected": "(4,)"}), Limits()
    )
    assert refused is not None
    assert (refused.verdict, refused.messages[0].code) == (Verdict.PE, "output-shape")
    failed = verdicts.rule_on_execution(fault(4, "model-failed", {"detail": "boom"}), Limits())
    assert failed is not None
    assert (failed.verdict, failed.messages[0].params) == (Verdict.RTE, {"detail": "boom"})
    quiet = verdicts.rule_on_execution(
        fault(4, "model-failed", {"detail": "0.5 0.25"}), Limits(), is_code=True
    )
    assert quiet is not None
    assert (quiet.messages[0].code, quiet.messages[0].params) == ("model-failed-quietly", {})


@pytest.mark.parametrize(
    "hostile",
    [
        b"", b"{", b"[]", b'{"code": "no-such"}', b'{"code": 3}',
        b'{"code": "output-shape", "params": {"a": []}}', b"[" * 100_000, b"\xff\xfe",
        b'{"code": "output-shape", "x": 1}',
    ],
)  # fmt: skip
def test_hostile_faults_are_dropped(hostile: bytes) -> None:
    ruling = verdicts.rule_on_execution(step(Outcome.EXIT, 3, outputs={"fault.json": hostile}), Limits())
    assert ruling is not None
    assert (ruling.verdict, ruling.messages[0].code) == (Verdict.RTE, "program-exited")


@given(st.binary(max_size=300))
def test_any_fault_bytes_give_a_verdict(body: bytes) -> None:
    assert verdicts.rule_on_execution(step(Outcome.EXIT, 4, outputs={"fault.json": body}), Limits())


@pytest.mark.parametrize(
    ("cases", "verdict"),
    [
        ([], "AC"),
        (["AC", "AC"], "AC"),
        (["AC", "WA", "RTE"], "WA"),
        (["TLE", "RTE"], "TLE"),
        (["PE"], "PE"),
    ],
)
def test_the_first_failing_case_names_the_verdict(cases: list[str], verdict: str) -> None:
    assert verdicts.rule_on_report(report(*map(case, cases))).verdict == verdict


def test_a_broken_limit_explains_the_failing_cases() -> None:
    executed = verdicts.rule_on_limits(step(Outcome.MEMORY, None), Limits())
    ruled = verdicts.rule_on_report(report(case("AC"), case("RTE")), executed=executed)
    assert ruled.verdict == Verdict.MLE
    assert verdicts.rule_on_report(report(case("AC")), executed=executed).verdict == Verdict.AC


@pytest.mark.parametrize(
    ("code", "params", "verdict"),
    [
        ("import-failed", {"type": "SyntaxError"}, "CE"),
        ("import-failed", {"type": "ImportError"}, "RTE"),
        ("host-silent", {}, "TLE"),
        ("host-protocol", {}, "PE"),
        ("host-ended", {}, "RTE"),
    ],
)
def test_modules_that_never_became_ready(code: str, params: dict, verdict: str) -> None:
    failed = report(status=ReportStatus.FAILED, messages=(Message(code=code, params=params),))
    assert verdicts.rule_on_report(failed).verdict == verdict


def test_refused_outputs_are_a_format_fault() -> None:
    refused = report(status=ReportStatus.REFUSED, messages=(Message(code="file-empty"),))
    ruling = verdicts.rule_on_report(refused)
    assert (ruling.verdict, ruling.messages[0].code) == (Verdict.PE, "file-empty")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"null", b'{"status": "scored", "x": 1}', b"\xff", b" " * (1024 * 1024 + 1),
        b'{"status": "scored", "metrics": [{"key":"a","split":"public","value":NaN,'
        b'"higher_is_better":true}]}',
        b'{"status": "scored", "metrics": [{"key":"a","split":"public","value":1,"higher_is_better":true},'
        b'{"key":"a","split":"public","value":2,"higher_is_better":true}]}',
    ],
)  # fmt: skip
def test_bad_reports_are_the_scorers_fault(body: bytes) -> None:
    with pytest.raises(ScorerFault):
        verdicts.read_report(step(outputs={"report.json": body}))


def test_a_crashed_scorer_is_its_own_fault_and_a_cancelled_one_nobodys() -> None:
    with pytest.raises(ScorerFault) as caught:
        verdicts.read_report(step(Outcome.EXIT, 1, stderr=b"Traceback: secret"))
    assert "secret" in caught.value.detail
    with pytest.raises(SandboxDied):
        verdicts.read_report(step(Outcome.CANCELLED, None))


def test_scores_come_from_the_named_metric_and_split() -> None:
    metrics = (
        MetricValue(key="auc", split="public", value=0.5, higher_is_better=True),
        MetricValue(key="auc", split="private", value=None, higher_is_better=True, reason="one class"),
    )
    found = report(metrics=metrics)
    assert verdicts.score_of(found, "auc", "public") == 0.5
    assert verdicts.score_of(found, "auc", "private") is None
    assert verdicts.score_of(found, "f1", "public") is None


@given(st.binary(max_size=200))
def test_shown_text_has_no_control_or_bidi_characters(raw: bytes) -> None:
    text = verdicts.clean_text(raw)
    assert not [c for c in text if (ord(c) < 32 and c not in "\n\t") or "\u202a" <= c <= "\u202e"]


def test_shown_text_is_capped() -> None:
    assert len(verdicts.clean_text(b"x" * 10**6)) == 64 * 1024


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"parameters": 7, "size_bytes": 1}', {"parameters": 7, "size_bytes": 400}),
        (b'{"parameters": 7}', {"parameters": 7, "size_bytes": 400}),
    ],
)
def test_a_model_cannot_say_how_large_it_is(raw, expected):
    assert json.loads(verdicts.with_true_size(raw, 400)) == expected


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_statistics_that_are_none_are_left_to_the_scorer(raw):
    assert verdicts.with_true_size(raw, 400) == raw
