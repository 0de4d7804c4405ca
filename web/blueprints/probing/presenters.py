"""Findings of probing as lines of tables."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from judge.services.likeness import NEAR, Findings
from web.presenters.problems import present_problem_card


@dataclass(frozen=True, slots=True)
class ProberLine:
    """A team that hands in nearly the same again; escape the name."""

    team_name: str
    problem_name: str
    n_near: int
    n_submissions: int
    share: str
    url: str


@dataclass(frozen=True, slots=True)
class PairSide:
    """One of two submissions that are nearly equal."""

    team_name: str
    submitted_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class PairLine:
    """Two teams' submissions that are nearly equal."""

    problem_name: str
    later: PairSide
    earlier: PairSide
    share: str
    n_near: int


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """All of the page; `near` is the least share of equal rows that is told."""

    probers: list[ProberLine]
    pairs: list[PairLine]
    near: str


def present_findings(findings: Findings) -> FindingsPage:
    """Return what was found, for the page."""
    return FindingsPage(
        probers=[
            ProberLine(
                one.team_name,
                present_problem_card(one.problem).name,
                one.n_near,
                one.n_submissions,
                _percent(one.share),
                url_for("submissions.show", public_id=one.newest),
            )
            for one in findings.probers
        ],
        pairs=[
            PairLine(
                present_problem_card(one.problem).name,
                _side(one.team_name, one.submitted_at, one.submission),
                _side(one.earlier_team_name, one.earlier_submitted_at, one.earlier_submission),
                _percent(one.share),
                one.n_near,
            )
            for one in findings.pairs
        ],
        near=f"{NEAR:.0%}",
    )


def _side(team_name: str, submitted_at: datetime, public_id: str) -> PairSide:
    return PairSide(team_name, submitted_at, url_for("submissions.show", public_id=public_id))


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
