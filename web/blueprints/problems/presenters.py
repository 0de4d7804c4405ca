"""The problem page: statement, rules, downloads, where it can be submitted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for
from markupsafe import Markup

from judge.models import Problem
from judge.runtime import Runtime
from judge.services import problems
from web.i18n import language
from web.markdown import render
from web.presenters.images import ImageCard, image_of
from web.presenters.problems import (
    ProblemCard,
    ProblemRules,
    present_problem_card,
    present_rules,
    spec_of,
)

if TYPE_CHECKING:
    from judge.db.session import Session


@dataclass(frozen=True, slots=True)
class Download:
    """One public file."""

    name: str
    url: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """All of a problem's page.

    Attributes:
        card: names and kind.
        rules: limits, formats, metrics.
        statement: rendered and sanitised.
        downloads: data and starter kit.
        image: what submissions run in; None if they do not run, or no worker said what it is.
    """

    card: ProblemCard
    rules: ProblemRules
    statement: Markup
    downloads: list[Download]
    image: ImageCard | None


def present_problem(runtime: Runtime, session: "Session", problem: Problem) -> ProblemPage:
    """Return a problem's page in the reader's language."""
    version = problems.current_version(problem)
    text = problems.statement(version, runtime.blobs, language())
    picture_url = url_for("problems.picture", slug=problem.slug, name="-").removesuffix("-")
    return ProblemPage(
        card=present_problem_card(problem),
        rules=present_rules(version),
        statement=render(text, picture_url=picture_url),
        downloads=[
            Download(
                file.path,
                url_for("problems.download", slug=problem.slug, name=file.path),
                file.size,
                file.sha256,
            )
            for file in problems.public_files(version)
        ],
        image=image_of(session, spec_of(version)),
    )
