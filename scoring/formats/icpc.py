"""ICPC: most problems solved, then the least penalty, then the earlier last solution."""

from collections.abc import Sequence

from scoring.formats.base import Overall, Setting, close_key
from scoring.leaderboard import Board, Candidate
from scoring.order import ascending, descending

SOLVED = "AC"
FREE = frozenset({"CE"})  # as are faults of the judge's, which are not among the candidates at all
PENALTY_MIN = 20


def icpc(setting: Setting, board: Board) -> Overall | None:
    """Count solved problems and penalty minutes: of each solved one the minute, and 20 per wrong run before.

    On the frozen board, runs since the freeze are told as pending.
    """
    cells: dict[str, dict[str, object]] = {}
    solutions: list[Candidate] = []
    penalty = 0
    for problem_id in setting.scales:
        known, n_pending = _known(setting, problem_id, board)
        solution = next((one for one in known if one.verdict == SOLVED), None)
        n_wrong = _count_wrong(known, solution)
        cell: dict[str, object] = {"solved": solution is not None, "wrong": n_wrong, "pending": n_pending}
        if solution is not None:
            cell["minutes"] = _minutes(setting, solution)
            penalty += _minutes(setting, solution) + PENALTY_MIN * n_wrong
            solutions.append(solution)
        if solution is not None or n_wrong or n_pending:
            cells[str(problem_id)] = cell
    if not cells:
        return None
    decided_at = max((one.submitted_at for one in solutions), default=setting.starts_at)
    head = descending(len(solutions)) + ascending(penalty)
    last = max(solutions, key=_number) if solutions else _first(setting)
    return Overall(
        board, float(len(solutions)), penalty, cells, decided_at, close_key(head, decided_at, last)
    )


def _number(one: Candidate) -> int:
    return one.submission_id


def _first(setting: Setting) -> Candidate:
    return min((one for number in setting.scales for one in setting.own(number)), key=_number)


def _known(setting: Setting, problem_id: int, board: Board) -> tuple[list[Candidate], int]:
    """Return the runs whose outcome the board tells, and how many more there are."""
    own = list(setting.own(problem_id))
    if board is not Board.FROZEN or setting.rules.freeze_at is None:
        return own, 0
    early = [one for one in own if one.submitted_at < setting.rules.freeze_at]
    if any(one.verdict == SOLVED for one in early):
        return early, 0
    return early, len(own) - len(early)


def _count_wrong(known: Sequence[Candidate], solution: Candidate | None) -> int:
    return sum(
        one.verdict != SOLVED and one.verdict not in FREE
        for one in known
        if solution is None or one.submission_id < solution.submission_id
    )


def _minutes(setting: Setting, one: Candidate) -> int:
    return max(0, int((one.submitted_at - setting.starts_at).total_seconds() // 60))
