"""Runs a DMOJ checker as an ICPC output validator.

Called as `main.py INPUT ANSWER FEEDBACK_DIR CONFIG`, with the output on stdin.

CONFIG is JSON: `module` (file of the checker), `args`, `point_value`. The checker's own exception ends this
program with a traceback: a fault of the checker, not of who is judged.
"""

import importlib.util
import json
import sys
from pathlib import Path

ACCEPTED, WRONG = 42, 43


def main() -> int:
    """Return the exit code that tells the result."""
    here = Path(__file__).resolve().parent
    sys.path.insert(0, str(here))
    given, answer, feedback, config = sys.argv[1:5]
    said = json.loads(config)
    spec = importlib.util.spec_from_file_location("checker", here / said["module"])
    if spec is None or spec.loader is None:
        raise FileNotFoundError(said["module"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    points = float(said["point_value"])
    result = module.check(
        sys.stdin.buffer.read(),
        Path(answer).read_bytes(),
        judge_input=Path(given).read_bytes(),
        submission_source=b"",
        submission_language="",
        point_value=points,
        case_position=0,
        batch=0,
        execution_time=0.0,
        problem_id="",
        **said["args"],
    )
    passed, got = bool(result), points if result else 0.0
    if hasattr(result, "passed"):
        passed, got = bool(result.passed), float(result.points)
        Path(feedback, "judgemessage.txt").write_text(
            f"{result.feedback}\n{result.extended_feedback}", "utf-8"
        )
    if passed or got > 0:
        Path(feedback, "score.txt").write_text(repr(got / points if points else 1.0), "ascii")
        return ACCEPTED
    return WRONG


if __name__ == "__main__":
    sys.exit(main())
