"""The site's navigation, once, for the bar and the small-screen menu."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext

from web.context import viewer


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in the bar.

    Attributes:
        title: in the reader's language.
        url: where it leads.
        icon: name of a Bootstrap icon.
        is_active: whether the present page belongs to it.
    """

    title: str
    url: str
    icon: str
    is_active: bool


def navigation(endpoint: str) -> list[NavItem]:
    """Return the items for whoever looks.

    Args:
        endpoint: of the present request; empty on an error page.
    """
    area = endpoint.partition(".")[0]
    user = viewer()
    items = [
        NavItem(gettext("Practice"), url_for("problems.index"), "journal-code", area == "problems"),
        NavItem(gettext("Contests"), url_for("contests.index"), "trophy", area == "contests"),
    ]
    if user:
        items.append(
            NavItem(gettext("Submissions"), url_for("submissions.index"), "inbox", area == "submissions")
        )
        items.append(NavItem(gettext("Teams"), url_for("teams.index"), "people", area == "teams"))
        if user.is_organizer:
            is_here = area in ("organizer", "rejudgings")
            where = url_for("organizer.index")
            items.append(NavItem(gettext("Organize"), where, "clipboard-check", is_here))
    return items
