"""What a scorer shows beside numbers, as the API gives it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from web.api import exhibit_schemas as schemas
from web.i18n import localised


def present_exhibits(public_id: str, shown: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the fields of a submission for tables, plots and subtasks that the viewer may see.

    Args:
        public_id: of the submission.
        shown: as `judge.services.visibility.visible_exhibits` gives them.
    """
    return {
        "subtasks": [
            schemas.SubtaskOut(
                **_titled(one),
                points=one["points"],
                max_points=one["max_points"],
                n_passed=one["n_passed"],
                n_cases=one["n_cases"],
            )
            for one in shown.get("subtasks", ())
        ],
        "tables": [
            schemas.TableOut(**_titled(one), columns=one["columns"], rows=one["rows"])
            for one in shown.get("tables", ())
        ],
        "plots": [
            schemas.PlotOut(
                **_titled(one),
                media_type=one["media_type"],
                url=url_for("api.get_submission_plot", public_id=public_id, name=one["name"], _external=True),
            )
            for one in shown.get("plots", ())
        ],
    }


def _titled(one: Mapping[str, Any]) -> dict[str, Any]:
    titles = dict(one["title"])
    return {
        "name": one["name"],
        "title": localised(titles) or one["name"],
        "titles": titles,
        "split": one["split"],
    }
