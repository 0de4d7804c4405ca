"""What a contest's overall ranking adds up, by format. Pure: a team's line follows from its own rows."""

from scoring.formats.base import Format, Overall, Scale, Setting
from scoring.formats.icpc import icpc
from scoring.formats.points import ioi, points

__all__ = ["Format", "Overall", "Scale", "Setting", "overall"]


def overall(setting: Setting) -> list[Overall]:
    """Return a team's lines on a contest's overall boards.

    Args:
        setting: the contest's rules and the team's judged submissions.

    Returns:
        At most one line per board; none in a contest whose problems are ranked one by one.
    """
    if setting.format is Format.PROBLEMS:
        return []
    arithmetic = {Format.ICPC: icpc, Format.IOI: ioi}.get(setting.format, points)
    return [line for board in setting.boards if (line := arithmetic(setting, board)) is not None]
