"""The database's tables. Importing this package registers all of them."""

from judge.db.base import Base
from judge.models.account import Account, ApiToken
from judge.models.audit import AuditEvent
from judge.models.contest import Contest, ContestProblem, Phase
from judge.models.gpu import GpuDevice, GpuLease
from judge.models.image import RunnerImage
from judge.models.judgement import Judgement, Metric, Replicates, Run
from judge.models.leaderboard import BoardSize, LeaderboardEntry, Standing
from judge.models.likeness import Resemblance, Sketch, SketchBand
from judge.models.model_call import ModelAnswer, ModelCall
from judge.models.problem import Problem, ProblemVersion
from judge.models.receipt import ReceiptKey, SignedReceipt
from judge.models.rejudging import Rejudging
from judge.models.submission import IdempotencyKey, Submission
from judge.models.team import Entry, EntryMember, Team, TeamMember, Track, TrackEntry
from judge.models.worker import WorkerHost

__all__ = [
    "Account",
    "ApiToken",
    "AuditEvent",
    "Base",
    "BoardSize",
    "Contest",
    "ContestProblem",
    "Entry",
    "EntryMember",
    "GpuDevice",
    "GpuLease",
    "IdempotencyKey",
    "Judgement",
    "LeaderboardEntry",
    "Metric",
    "ModelAnswer",
    "ModelCall",
    "Phase",
    "Problem",
    "ProblemVersion",
    "ReceiptKey",
    "Rejudging",
    "Replicates",
    "Resemblance",
    "Run",
    "RunnerImage",
    "SignedReceipt",
    "Sketch",
    "SketchBand",
    "Standing",
    "Submission",
    "Team",
    "TeamMember",
    "Track",
    "TrackEntry",
    "WorkerHost",
]
