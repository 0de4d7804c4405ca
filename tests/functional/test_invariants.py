"""The ten promises the judge rests on, and the tests that fail when one is broken.

1   Reference data never enters a sandbox where participant code runs.
2   Participant code shares nothing with credentials, queue, database or the engine's socket.
3   A sandbox serves one step of one judgement and is destroyed.
4   No network in any sandbox.
5   Nothing a participant made is unpickled, imported or evaluated outside the untrusted sandbox.
6   What comes out of a sandbox is data with a size cap and a schema.
7   A participant sees verdicts, catalogued messages, public scores; never labels or hidden inputs.
8   Blame is a type; our faults are `JE` and cost no quota.
9   A judgement records what made it, and judged again gives the same scores.
10  Missing, NaN and infinite scores never rank above a real one; ties go to the earlier.

`GUARDS` names them; what is tested nowhere else is tested here.
"""

import ast
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from judge.services.results import JudgementResult
from judge.worker.bench import Bench, DirectSource
from judge.worker.evaluate import evaluate
from judge.worker.material import INPUTS, REFERENCE, Material
from problems.build import build
from problems.loader import Package, load
from sandboxes.base import Step
from sandboxes.local import Local
from sandboxes.session import LiveSandbox
from tests.factories.packages import function_package

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "problems" / "catalog"
CACHE = user_cache_path("openmodels-judge") / "wheels"
MARK = "reference-mark-7261"

GUARDS = {
    1: (
        "functional/test_invariants.py::test_untrusted_steps_get_no_reference",
        "functional/test_invariants.py::test_a_module_finds_nothing_of_the_reference",
        "conformance/test_isolation.py::test_label_search_finds_nothing",
        "unit/sandboxes/test_view.py",
    ),
    2: (
        "conformance/test_isolation.py::test_pid_1_gives_nothing_away",
        "conformance/test_isolation.py::test_no_descriptor_is_inherited",
        "conformance/test_isolation.py::test_the_control_socket_is_gone",
        "conformance/test_isolation.py::test_every_writable_mount_is_memory",
        "conformance/test_isolation.py::test_two_sandboxes_do_not_see_each_other",
        "conformance/test_basics.py::test_environment_is_ours_alone",
    ),
    3: (
        "conformance/test_basics.py::test_one_sandbox_one_step",
        "conformance/test_pool.py::test_warm_one_is_lent_once",
        "conformance/test_lifecycle.py::test_nothing_is_left",
        "conformance/test_lifecycle.py::test_images_declare_no_volume",
    ),
    4: (
        "conformance/test_isolation.py::test_no_network",
        "conformance/test_isolation.py::test_host_loopback_is_not_reachable",
        "conformance/test_isolation.py::test_host_abstract_sockets_are_not_reachable",
    ),
    5: (
        "functional/test_invariants.py::test_nothing_is_unpickled_or_evaluated_outside_the_sandbox",
        "functional/test_invariants.py::test_a_model_never_enters_the_trusted_sandbox",
        "unit/scoring/test_scoring_readers.py::test_a_pickle_in_an_npy_is_never_loaded",
    ),
    6: (
        "unit/sandboxes/test_reports.py::test_any_bytes_give_a_known_error",
        "conformance/test_isolation.py::test_forged_reports_are_not_believed",
        "conformance/test_outputs.py::test_links_and_special_files",
        "conformance/test_channel.py::test_boasting",
        "unit/judge/test_verdicts.py::test_bad_reports_are_the_scorers_fault",
    ),
    7: (
        "functional/test_worker_pipeline.py::test_hidden_inputs_cannot_be_printed_back",
        "functional/test_lease.py::test_private_scores_show_only_to_who_runs_the_contest_until_revealed",
        "unit/sandboxes/test_model_runner.py::test_a_shape_does_not_carry_inputs_out",
        "unit/sandboxes/test_model_runner.py::test_an_error_does_not_carry_inputs_out",
        "unit/scoring/test_scoring_function.py::test_each_way_to_fail_fails_its_own_test_only",
        "unit/judge/test_verdicts.py::test_hostile_faults_are_dropped",
    ),
    8: (
        "functional/test_worker_pipeline.py::test_a_broken_grader_is_ours_and_is_not_charged",
        "functional/test_worker_pipeline.py::test_machines_at_fault_are_tried_again",
        "functional/test_lease.py::test_too_many_attempts_end_as_our_fault_and_give_the_quota_back",
    ),
    9: (
        "functional/test_worker_process.py::test_submissions_are_judged_ranked_and_receipted",
        "functional/test_worker_pipeline.py::test_the_same_submission_judged_twice_scores_the_same",
    ),
    10: (
        "unit/scoring/test_scoring_order.py::test_keys_compare_as_what_they_are_made_of",
        "unit/scoring/test_scoring_order.py::test_what_is_no_number_has_no_key",
        "unit/scoring/test_scoring_leaderboard.py::test_lines_do_not_depend_on_the_order_given",
        "functional/test_boards.py::test_a_board_equals_what_raw_rows_say",
        "functional/test_lease.py::test_the_leaderboard_keeps_the_best_and_breaks_ties_by_time",
    ),
}

# What would run or unpickle a participant's bytes in a process of ours.
FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_ATTRIBUTES = {("torch", "load"), ("jit", "load"), ("export", "load"), ("pd", "read_pickle")}


@pytest.mark.parametrize("number", range(1, 11))
def test_every_promise_has_guards_that_exist(number: int) -> None:
    for guard in GUARDS[number]:
        path, _, name = guard.partition("::")
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text, guard


@pytest.fixture(scope="module")
def provider() -> Iterator[Local]:
    with tempfile.TemporaryDirectory(prefix="judge-invariants-") as folder:
        made = Local("invariants", Path(folder))
        yield made
        made.close()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, Step]]:
    """Note every step that a sandbox is really given, and whether that one is trusted."""
    noted: list[tuple[bool, Step]] = []
    start = LiveSandbox.start

    def noting(sandbox: LiveSandbox, step: Step) -> None:
        noted.append((sandbox.profile.is_trusted, step))
        start(sandbox, step)

    monkeypatch.setattr(LiveSandbox, "start", noting)
    return noted


def judged(provider: Local, package: Package, submission: Path, file_format: str) -> JudgementResult:
    def below(folder: str) -> dict[str, Path]:
        return {entry.name.removeprefix(folder): entry.path for entry in package.below(folder)}

    material = Material(
        spec=package.spec,
        submission=submission,
        format=file_format,
        inputs=below(INPUTS),
        reference=below(REFERENCE),
        package_sha256=package.sha256,
    )
    with tempfile.TemporaryDirectory(prefix="judge-invariants-") as folder:
        return evaluate(material, Bench(DirectSource(provider)), Path(folder), on_state=lambda _: None)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    root = tmp_path_factory.mktemp("catalog")
    return {slug: load(build(CATALOG / slug, cache=CACHE, out=root / slug)) for slug, _ in CASES}


CASES = [("digits", "onnx"), ("linear-regression", "py"), ("caravan", "csv")]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("slug", "file_format"), CASES)
def test_untrusted_steps_get_no_reference(provider, catalogue, steps, slug, file_format) -> None:
    package = catalogue[slug]
    example = next(example for example in package.examples if example.name == "good")
    assert judged(provider, package, example.path, file_format).verdict == "AC"
    reference = {entry.path.read_bytes() for entry in package.below(REFERENCE)}
    assert reference
    given = [set(step.inputs.values()) for is_trusted, step in steps if not is_trusted]
    assert len(given) == (package.spec.kind != "predictions")
    assert not any(path.read_bytes() in reference for paths in given for path in paths)
    assert any(is_trusted for is_trusted, _ in steps)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("slug", "file_format"), CASES[:2])
def test_a_model_never_enters_the_trusted_sandbox(provider, catalogue, steps, slug, file_format) -> None:
    example = next(example for example in catalogue[slug].examples if example.name == "good")
    judged(provider, catalogue[slug], example.path, file_format)
    holders = [is_trusted for is_trusted, step in steps if example.path in step.inputs.values()]
    assert holders == [False]
    assert sorted(is_trusted for is_trusted, _ in steps) == [False, True]


def test_a_module_finds_nothing_of_the_reference(provider, tmp_path) -> None:
    package = function_package(tmp_path)
    tests = next(entry.path for entry in package.below(REFERENCE))
    tests.write_text(f"# {MARK}\n{tests.read_text(encoding='utf-8')}", encoding="utf-8")
    module = tmp_path / "searching.py"
    half = len(MARK) // 2
    module.write_text(
        "import os, pathlib\n"
        f"mark = ({MARK[:half]!r} + {MARK[half:]!r}).encode()\n"
        "places = ['/job', '/tmp', '/dev/shm']\n"
        "n_read = 0\n"
        "for place in places:\n"
        "    for folder, _, names in os.walk(place):\n"
        "        for name in names:\n"
        "            try: content = pathlib.Path(folder, name).read_bytes()\n"
        "            except (OSError, ValueError): continue\n"
        "            n_read += 1\n"
        "            if mark in content: print('FOUND', folder, name)\n"
        "print('read', n_read)\n"
        "raise ImportError('done')\n",
        encoding="utf-8",
    )
    result = judged(provider, load(tests.parents[2]), module, "py")
    assert [message.code for message in result.messages] == ["import-failed"]
    assert "FOUND" not in result.stdout
    assert int(result.stdout.split("read ")[1]) > 3


def _sources() -> list[Path]:
    """List all programs that run outside the untrusted sandbox."""
    packages = ("judge", "web", "scoring", "problems", "sandboxes")
    found = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    skipped = (ROOT / "sandboxes" / "inside", CATALOG, ROOT / "problems" / "scaffolds")
    return [path for path in found if not any(folder in path.parents for folder in skipped)]


def _offences(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN_MODULES:
            yield str(node.module)
        elif isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            if (node.arg, node.value.value) in {("allow_pickle", True), ("weights_only", False)}:
                yield str(node.arg)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from {node.func.id} & FORBIDDEN_CALLS
        elif isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else None
            owner = node.value.id if isinstance(node.value, ast.Name) else owner
            if (owner, node.attr) in FORBIDDEN_ATTRIBUTES:
                yield f"{owner}.{node.attr}"


def test_nothing_is_unpickled_or_evaluated_outside_the_sandbox() -> None:
    sources = _sources()
    assert len(sources) > 100
    found = {
        f"{path.relative_to(ROOT)}: {what}"
        for path in sources
        for what in _offences(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "np.load(f, allow_pickle=True)",
        "torch.load(f)",
        "torch.jit.load(f)",
        "eval(text)",
    ],
)
def test_the_search_for_such_calls_finds_them(line: str) -> None:
    assert list(_offences(ast.parse(line)))
