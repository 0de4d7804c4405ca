"""The choices above a ranking: problem, part of the data, track; and the way through its pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext

from judge.models import Contest, Problem
from judge.models.words import Format
from judge.services.boards.reading import Spot
from web.presenters.problems import present_problem_card

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Tab:
    """A choice above the table."""

    title: str
    url: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What part of a board is asked for.

    Attributes:
        split: `public` or `private`.
        has_private: whether the private part may be looked at.
        track: slug of a track, or empty.
        tracks: slug and name of all there are.
        offset: of the first row.
    """

    split: str
    has_private: bool
    track: str
    tracks: Sequence[tuple[str, str]]
    offset: int

    def arguments(self, **other: object) -> dict[str, object]:
        """Return the address's arguments for it, some replaced."""
        kept: dict[str, object] = {"split": self.split, "track": self.track or None, "offset": None}
        return {**kept, **other}


@dataclass(frozen=True, slots=True)
class Way:
    """Where the pages before, after and with the viewer's team are; empty when there is none."""

    previous_url: str
    next_url: str
    own_url: str
    own_rank: int | None


def problem_tabs(contest: Contest, problem: Problem | None) -> list[Tab]:
    """Return a tab for each problem, and one for the whole where problems are added up."""
    tabs = [
        Tab(
            present_problem_card(setting.problem).name,
            url_for("leaderboards.show", slug=contest.slug, problem=setting.problem.slug),
            problem is not None and setting.problem_id == problem.id,
        )
        for setting in contest.problems
    ]
    if contest.format == Format.PROBLEMS:
        return tabs
    whole = url_for("leaderboards.overall", slug=contest.slug)
    return [Tab(gettext("Overall"), whole, problem is None), *tabs]


def split_tabs(endpoint: str, place: Mapping[str, object], choice: Choice) -> list[Tab]:
    """Return tabs for the parts of the hidden data, once the private one is revealed."""
    if not choice.has_private:
        return []
    titles = {"public": gettext("Public part"), "private": gettext("Private part (final)")}
    return [
        Tab(title, _url(endpoint, place, choice, split=word), word == choice.split)
        for word, title in titles.items()
    ]


def track_tabs(endpoint: str, place: Mapping[str, object], choice: Choice) -> list[Tab]:
    """Return tabs for the tracks, where a contest has some."""
    if not choice.tracks:
        return []
    return [
        Tab(name, _url(endpoint, place, choice, track=slug or None), slug == choice.track)
        for slug, name in (("", gettext("All teams")), *choice.tracks)
    ]


def way(endpoint: str, place: Mapping[str, object], choice: Choice, n_rows: int, own: Spot | None) -> Way:
    """Return the way through a board's pages."""
    offset = choice.offset
    own_offset = own.position // PAGE_SIZE * PAGE_SIZE if own else 0
    is_elsewhere = own is not None and not offset <= own.position < offset + PAGE_SIZE

    def at(offset: int) -> str:
        return _url(endpoint, place, choice, offset=offset or None)

    return Way(
        previous_url=at(max(offset - PAGE_SIZE, 0)) if offset else "",
        next_url=at(offset + PAGE_SIZE) if offset + PAGE_SIZE < n_rows else "",
        own_url=at(own_offset) if is_elsewhere else "",
        own_rank=own.rank if own else None,
    )


def _url(endpoint: str, place: Mapping[str, object], choice: Choice, **other: object) -> str:
    arguments: dict[str, object] = {**place, **choice.arguments(**other)}
    return url_for(endpoint, **arguments)  # type: ignore[arg-type]
