"""Formats that add up points: normalised scores, homework with its late policy, and IOI's subtasks."""

import math
from collections.abc import Sequence

from scoring.formats.base import Overall, Scale, Setting, close_key
from scoring.leaderboard import Board, Candidate, counted
from scoring.order import descending


def points(setting: Setting, board: Board) -> Overall | None:
    """Add up each problem's best submission among those that count, after its late factor.

    Of submissions that give the same points the better score counts, then the earlier one. In time
    the factor is 1: then this is the sum of normalised scores.
    """
    cells: dict[str, dict[str, object]] = {}
    chosen: list[Candidate] = []
    for problem_id, scale in setting.scales.items():
        among = counted(setting.candidates.get(problem_id, ()), board, setting.rules)
        rated = [rated_one for one in among if (rated_one := _rate(one, board, scale)) is not None]
        if not rated:
            continue
        given, _, best = min(rated, key=lambda pair: (-pair[0], pair[1]))
        chosen.append(best)
        cells[str(problem_id)] = {
            "points": given,
            "score": best.result(board).score,
            "late_factor": best.late_factor,
        }
    return _close(board, cells, chosen)


def ioi(setting: Setting, board: Board) -> Overall | None:
    """Add up the best result of each subtask over all submissions; a problem without subtasks is one."""
    cells: dict[str, dict[str, object]] = {}
    chosen: list[Candidate] = []
    for problem_id, scale in setting.scales.items():
        best = _best_subtasks(setting.own(problem_id), board, setting, scale)
        if not best:
            continue
        full = math.fsum(top for _, top, _ in best.values())
        given = math.fsum(got for got, _, _ in best.values())
        chosen += [one for _, _, one in best.values()]
        cells[str(problem_id)] = {
            "points": scale.points * min(1.0, max(0.0, given / full)) if full > 0 else 0.0,
            "subtasks": {name: got for name, (got, _, _) in best.items() if name},
        }
    return _close(board, cells, chosen)


def _rate(one: Candidate, board: Board, scale: Scale) -> tuple[float, bytes, Candidate] | None:
    key, score = one.key(board), one.result(board).score
    if key is None or score is None:
        return None
    return scale.points * scale.share(score) * one.late_factor, key, one


def _best_subtasks(
    own: Sequence[Candidate], board: Board, setting: Setting, scale: Scale
) -> dict[str, tuple[float, float, Candidate]]:
    """Return by subtask what it gave at best, what it gives at most, and the first submission that got it."""
    best: dict[str, tuple[float, float, Candidate]] = {}
    for one in counted(own, board, setting.rules, is_all=True):
        for name, got, top in _parts(one, board, scale):
            if name not in best or got > best[name][0]:
                best[name] = got, top, one
    return best


def _parts(one: Candidate, board: Board, scale: Scale) -> list[tuple[str, float, float]]:
    split = "private" if board is Board.PRIVATE else "public"
    parts = [(part.name, part.points, part.max_points) for part in one.subtasks if part.split == split]
    score = one.result(board).score
    if parts or score is None or not math.isfinite(score):
        return parts
    return [("", scale.share(score), 1.0)]


def _close(board: Board, cells: dict[str, dict[str, object]], chosen: Sequence[Candidate]) -> Overall | None:
    if not chosen:
        return None
    total = math.fsum(float(str(cell["points"])) for cell in cells.values())
    decided_at = max(one.submitted_at for one in chosen)
    last = max(chosen, key=lambda one: one.submission_id)
    return Overall(board, total, 0, cells, decided_at, close_key(descending(total), decided_at, last))
