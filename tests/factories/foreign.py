"""Small packages in the formats of other platforms, made here: what importers are tested and fuzzed with."""

import io
import zipfile


def write(folder, files):
    """Write files below a folder; returns it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def zipped(files):
    """Return a zip of files."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)
    return sink.getvalue()


ECHO = "print(sum(map(int, input().split())))\n"
ICPC = {
    "problem.yaml": "problem_format_version: 2023-07\nname: {en: A Sum, zh: 求和}\ntype: scoring\n"
    "license: cc by-sa\ncredits: {authors: [Ada, {name: Bo}]}\nkeywords: [easy, sums]\n"
    "validator_flags: float_tolerance 1e-4\nlimits: {memory: 256, time_limit: 2, output: 8}\n",
    "statement/problem.en.md": "# A Sum\n\nAdd $a$ and $b$.\n",
    "data/testdata.yaml": "on_reject: continue\ngrader_flags: ignore_sample\n",
    "data/sample/1.in": "1 2\n",
    "data/sample/1.ans": "3\n",
    "data/secret/a/test_group.yaml": "scoring: {score: 40, aggregation: min}\ninput_validator_flags: small\n",
    "data/secret/a/1.in": "1 1\n",
    "data/secret/a/1.ans": "2\n",
    "data/secret/b/test_group.yaml": "scoring: {score: 60, aggregation: sum, require_pass: [secret/a]}\n"
    "output_validator_flags: strict\n",
    "data/secret/b/1.in": "1000 1000\n",
    "data/secret/b/1.ans": "2000\n",
    "input_validators/range.py": "import sys\nmost = 10 if 'small' in sys.argv else 10**9\n"
    "sys.exit(42 if all(0 <= int(word) <= most for word in sys.stdin.read().split()) else 43)\n",
    "output_validator/check.py": "import sys\nright, found = open(sys.argv[2]).read(), sys.stdin.read()\n"
    "same = right == found if 'strict' in sys.argv else right.split() == found.split()\n"
    "sys.exit(42 if same else 43)\n",
    "submissions/accepted/sum.py": ECHO,
    "submissions/partially_accepted/spaced.py": ECHO.replace("print(", "print('', "),
    "submissions/wrong_answer/zero.py": "print(0)\n",
}
DMOJ = {
    "init.yml": "archive: data.zip\nchecker: {name: linecount, args: {feedback: true}}\nhints: [x]\n"
    "points: 5\npretest_test_cases:\n- {in: 1.in, out: 1.out}\n"
    "test_cases:\n- {in: 1.in, out: 1.out, points: 10}\n"
    "- batched:\n  - {in: 1.in, out: 1.out}\n  - {generator_args: [2, 3]}\n  points: 30\n"
    "- batched:\n  - {in: 2.in, out: 2.out}\n  dependencies: [1]\n"
    "generator: {source: [make.py], time_limit: 5}\n",
    "make.py": "import sys\na, b = map(int, sys.argv[1:])\nprint(a, b)\nprint(a + b, file=sys.stderr)\n",
    "data.zip": zipped({"1.in": "1\r 2", "1.out": "3\n", "2.in": "4 0\n", "2.out": "4\n"}),
    "tests/good/test.yml": "language: PY3\nsource: a.py\nexpect: AC\n",
    "tests/good/a.py": "import sys\nprint(sum(map(int, sys.stdin.read().split())))\n",
    "tests/small/test.yml": "language: PY3\nsource: a.py\nexpect: WA\n",
    "tests/small/a.py": "print(3)\n",
}
CODABENCH = {
    "competition.yaml": "version: 2\ntitle: Sums\ndescription: Two phases.\nterms: terms.md\n"
    "docker_image: some/one:1\npages:\n- {title: Overview, file: overview.md}\ntasks:\n"
    "- {index: 0, name: Dev, scoring_program: scoring.zip, reference_data: ref/, "
    "ingestion_program: ingestion/, input_data: input/, public_data: public/}\n"
    "- {index: 1, name: Final, scoring_program: scoring.zip, reference_data: ref2/}\n"
    "solutions:\n- {index: 0, tasks: [0], path: solution/}\n- {index: 1, tasks: [1], path: results/}\n"
    "phases:\n"
    "- {index: 0, name: One, start: 2024-01-01, execution_time_limit: 30, tasks: [0], max_submissions: 5}\n"
    "- {index: 1, name: Two, start: 2024-02-01, execution_time_limit: 60, tasks: [1]}\n"
    "leaderboards:\n- title: Results\n  primary_index: 1\n  columns:\n"
    "  - {title: Score, key: score, index: 0, sorting: desc}\n"
    "  - {title: Mean, key: mean, index: 1, computation: avg, computation_indexes: [0, 2]}\n"
    "  - {title: Size, key: size, index: 2, sorting: asc}\n",
    "overview.md": "# Sums\n",
    "terms.md": "Be fair.\n",
    "scoring.zip": zipped(
        {
            "metadata.yaml": "command: python3 $program/score.py $input $output\n",
            "score.py": "import json, sys\nfound = open(sys.argv[1] + '/res/out.txt').read()\n"
            "right = open(sys.argv[1] + '/ref/answer.txt').read()\n"
            "said = {'score': float(found == right), 'size': len(found)}\n"
            "json.dump(said, open(sys.argv[2] + '/scores.json', 'w'))\n",
        }
    ),
    "ref/answer.txt": "42",
    "ref2/answer.txt": "1024",
    "ingestion/metadata": "command: python $ingestion_program/run.py $input $output $submission_program\n",
    "ingestion/run.py": "import os, sys\nsys.path.insert(0, sys.argv[3])\nimport model\n"
    "assert not os.path.exists('/app/input/ref')\n"
    "said = model.answer(open(sys.argv[1] + '/question.txt').read())\n"
    "open(sys.argv[2] + '/out.txt', 'w').write(said)\n",
    "input/question.txt": "6 7",
    "public/hint.txt": "Multiply.\n",
    "public/leak.txt": "42",
    "solution/model.py": "def answer(text):\n    a, b = map(int, text.split())\n    return str(a * b)\n",
    "results/out.txt": "1024",
}
KAGGLE = {
    "sample_submission.csv": "id,y\n1,0\n2,0\n3,0\n",
    "solution.csv": "id,y,Usage\n1,1,Public\n2,0,Private\n3,1,Private\n",
    "metric.py": "class ParticipantVisibleError(Exception): pass\n"
    "def score(solution, submission, row_id_column_name):\n"
    "    if (submission.y > 1).any(): raise ParticipantVisibleError('y is 0 or 1')\n"
    "    return float((solution.y == submission.y).mean())\n",
    "train.csv": "id,y\n9,1\n",
    "description.md": "# Guess\n",
}
MLE_BENCH = {
    "config.yaml": "id: guess-it\nname: Guess it\ncompetition_type: simple\n"
    "description: mlebench/competitions/guess-it/description.md\ndataset:\n"
    "  answers: guess-it/prepared/private/answers.csv\n"
    "  sample_submission: guess-it/prepared/public/sample_submission.csv\n"
    "  gold_submission: guess-it/prepared/private/gold_submission.csv\n"
    "grader:\n  name: accuracy\n  grade_fn: mlebench.competitions.guess-it.grade:grade\n"
    "preparer: mlebench.competitions.guess-it.prepare:prepare\n",
    "grade.py": "import pandas as pd\nfrom mlebench.grade_helpers import InvalidSubmissionError\n"
    "from mlebench.metrics import share\nfrom .constants import ID\n\n"
    "def grade(submission: pd.DataFrame, answers: pd.DataFrame) -> float:\n"
    "    if set(submission[ID]) != set(answers[ID]):\n"
    "        raise InvalidSubmissionError('ids differ')\n"
    "    return share(submission.set_index(ID).y, answers.set_index(ID).y)\n",
    "constants.py": "ID = 'id'\n",
    "mlebench/metrics.py": "def share(found, right):\n    return (found.loc[right.index] == right).mean()\n",
    "prepare.py": "def prepare(raw, public, private):\n    raise NotImplementedError\n",
    "description.md": "# Guess it\n",
    "leaderboard.csv": "scoreNullable,teamId,score\n0.9,a,0.9\n0.2,b,0.2\n",
    "prepared/public/train.csv": "id,y\n9,1\n",
    "prepared/public/sample_submission.csv": "id,y\n1,0\n2,0\n3,0\n",
    "prepared/private/answers.csv": "id,y\n1,1\n2,0\n3,1\n",
    "prepared/private/gold_submission.csv": "id,y\n3,1\n1,1\n2,0\n",
}
FOREIGN = {"icpc": ICPC, "dmoj": DMOJ, "codabench": CODABENCH, "kaggle": KAGGLE, "mle-bench": MLE_BENCH}
