"""`OrganizerClient`: what who runs a contest does beside all that a team does. JSON in, JSON out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from judge.client.api import JudgeClient

Json = Mapping[str, Any]


class OrganizerClient(JudgeClient):
    """A client whose token runs contests."""

    def count_selection(self, selection: Json) -> Json:
        """Return how many submissions a selection picks now; nothing is changed."""
        return self._json("POST", "rejudgings/selection", json=dict(selection))

    def create_rejudging(self, selection: Json, *, reasons: Mapping[str, str]) -> Json:
        """Begin a rejudging.

        Sent again after an answer was lost, it is refused: what is part of one is not selected again.

        Args:
            selection: `contest`, and what narrows it: see the API's description.
            reasons: language → what contestants read once it is applied.
        """
        return self._json("POST", "rejudgings", json={**selection, "reasons": dict(reasons)})

    def rejudgings(self, *, contest: str | None = None, limit: int = 20) -> Sequence[Json]:
        """Return the newest rejudgings."""
        params = {"limit": limit, **({"contest": contest} if contest else {})}
        items: Sequence[Json] = self._get("rejudgings", params)["items"]
        return items

    def rejudging(self, rejudging_id: int) -> Json:
        """Return one with its progress and matrix."""
        return self._get(f"rejudgings/{rejudging_id}")

    def changes(self, rejudging_id: int, *, is_all: bool = False) -> Iterator[Json]:
        """Yield the submissions that get another result, page by page; with `is_all` also the others."""
        yield from self._pages(f"rejudgings/{rejudging_id}/changes", {"all": str(is_all).lower()})

    def rank_changes(self, rejudging_id: int, *, limit: int = 50) -> Json:
        """Return who would stand elsewhere; only before it is decided."""
        return self._get(f"rejudgings/{rejudging_id}/ranks", {"limit": limit})

    def apply_rejudging(self, rejudging_id: int, *, is_partial: bool = False) -> Json:
        """Make its results the ones that count."""
        return self._json("POST", f"rejudgings/{rejudging_id}/apply", json={"partial": is_partial})

    def discard_rejudging(self, rejudging_id: int) -> Json:
        """End it without any change."""
        return self._json("POST", f"rejudgings/{rejudging_id}/discard", json={})
