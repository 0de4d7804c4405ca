"""Nearly equal predictions in the API, as types."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from judge.services.likeness import NEAR, Findings
from web.api.schema_base import Out

Share = Annotated[float, Field(description="of rows that are equal, 0 to 1")]


class ProberOut(Out):
    """A team with submissions nearly equal to earlier ones of its own."""

    team: str
    problem: str
    n_near: int
    n_submissions: int
    share: Share
    newest: Annotated[str, Field(description="id of the newest of them")]


class PairSideOut(Out):
    """One of two submissions."""

    team: str
    submission: str
    submitted_at: datetime


class PairOut(Out):
    """Two teams' submissions that are nearly equal."""

    problem: str
    later: PairSideOut
    earlier: PairSideOut
    share: Share
    n_near: Annotated[int, Field(description="pairs of these two teams; this one is the most alike")]


class ProbingOut(Out):
    """What was found in a contest, the most suspicious first."""

    near: Annotated[float, Field(description="least share of equal rows that is told")]
    teams: list[ProberOut]
    pairs: list[PairOut]

    @classmethod
    def of(cls, findings: Findings) -> Self:
        """Return it."""
        return cls(
            near=NEAR,
            teams=[
                ProberOut(
                    team=one.team_name,
                    problem=one.problem.slug,
                    n_near=one.n_near,
                    n_submissions=one.n_submissions,
                    share=one.share,
                    newest=one.newest,
                )
                for one in findings.probers
            ],
            pairs=[
                PairOut(
                    problem=one.problem.slug,
                    later=PairSideOut(
                        team=one.team_name, submission=one.submission, submitted_at=one.submitted_at
                    ),
                    earlier=PairSideOut(
                        team=one.earlier_team_name,
                        submission=one.earlier_submission,
                        submitted_at=one.earlier_submitted_at,
                    ),
                    share=one.share,
                    n_near=one.n_near,
                )
                for one in findings.pairs
            ],
        )
