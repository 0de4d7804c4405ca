"""HTTP client for teams: `JudgeClient` and what it returns and raises. Needs httpx, nothing of the server."""

from judge.client.api import JudgeClient
from judge.client.errors import (
    ApiError,
    AuthFailed,
    ClientError,
    ConfigError,
    Refused,
    ServerUnavailable,
)
from judge.client.records import (
    Account,
    Case,
    Contest,
    Leaderboard,
    LeaderboardRow,
    Message,
    Metric,
    Plot,
    Problem,
    ProblemFile,
    Quota,
    Submission,
    Subtask,
    Table,
    Team,
)

__all__ = [
    "Account",
    "ApiError",
    "AuthFailed",
    "Case",
    "ClientError",
    "ConfigError",
    "Contest",
    "JudgeClient",
    "Leaderboard",
    "LeaderboardRow",
    "Message",
    "Metric",
    "Plot",
    "Problem",
    "ProblemFile",
    "Quota",
    "Refused",
    "ServerUnavailable",
    "Submission",
    "Subtask",
    "Table",
    "Team",
]
