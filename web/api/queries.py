"""What the API takes, as types. Unknown parameters are errors, because they are mostly typing mistakes.

Numbers are bounded by what a database key can be: a larger one must not reach a driver.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_ROW_ID = 2**31 - 1
SLUG = r"^[a-z0-9][a-z0-9-]{0,49}$"
LINE = r"^[^\x00-\x1f\x7f\u2028\u2029]*$"

Slug = Annotated[str, Field(pattern=SLUG)]
RowId = Annotated[int, Field(ge=1, le=MAX_ROW_ID)]


class In(BaseModel):
    """Input."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProblemsQuery(In):
    """Filters of the list of problems."""

    contest: Slug | None = None
    cursor: Annotated[str, Field(max_length=40)] | None = None


class ContestsQuery(In):
    """Paging of the list of contests."""

    cursor: Annotated[str, Field(max_length=40)] | None = None


class SubmitQuery(In):
    """Options of an upload. In a multipart form they may be fields before the file instead."""

    filename: Annotated[str, Field(max_length=10_000)] | None = None
    contest: Slug | None = None
    team: RowId | None = None
    format: Annotated[str, Field(max_length=20, pattern=r"^[a-z0-9-]*$")] | None = None
    note: Annotated[str, Field(max_length=200, pattern=LINE)] | None = None
    smoke: Annotated[bool, Field(description="judge it on the sample alone: no quota, no rank")] | None = None


class SubmissionQuery(In):
    """How long the answer may be held back, and until what."""

    wait: Annotated[int, Field(ge=0, le=86_400, description="seconds; more than 60 means 60")] = 0
    since: Literal["queued", "preparing", "running", "scoring", "done", "cancelled"] | None = None


class SubmissionsQuery(In):
    """Filters and paging of the own submissions."""

    problem: Slug | None = None
    contest: Slug | None = None
    team: RowId | None = None
    cursor: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_-]*$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class LeaderboardQuery(In):
    """Which leaderboard of a contest, and which part of it."""

    problem: Slug | None = None
    split: Literal["public", "private"] = "public"
    track: Slug | None = None
    phase: Annotated[int, Field(ge=0, le=1000)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class EntryIn(In):
    """With which team to enter; without one, alone."""

    team: RowId | None = None
