"""Runs a notebook from top to bottom, as `jupyter execute` does: `python notebook_runner.py main.ipynb`.

The first cell that fails ends the run (exit code 4) and is named by its number, with the exception's type if
that is a built-in one, no more: its text may hold what the cell had read. What cells print is printed.
"""

import asyncio
import builtins
import json
import sys
import warnings
from pathlib import Path

OUT = Path("/job/out")
FAILED, REFUSED = 4, 3
_UNREADABLE = (ValueError, KeyError, AttributeError, RecursionError, TypeError)


def _fault(code: str, **params: "str | int") -> None:
    (OUT / "fault.json").write_text(json.dumps({"code": code, "params": params}))


def _known(name: str) -> str:
    kind = getattr(builtins, name, None)
    return name if isinstance(kind, type) and issubclass(kind, BaseException) else "Exception"


def main() -> int:
    """Return 0, 3 if the file is no notebook, 4 if a cell failed."""
    warnings.simplefilter("ignore")
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    path = Path(sys.argv[1])
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except (
        nbformat.ValidationError,
        nbformat.reader.NotJSONError,
        ValueError,
        KeyError,
        AttributeError,
        RecursionError,
    ):
        _fault("notebook-unreadable")
        return REFUSED
    number = 0

    def begins(cell_index: int, **_: object) -> None:
        nonlocal number
        number = cell_index + 1

    def printed(cell_index: int, **_: object) -> None:
        for output in notebook.cells[cell_index].get("outputs", []):
            if output.get("output_type") == "stream":
                sys.stdout.write(str(output.get("text", "")))

    client = NotebookClient(
        notebook, timeout=None, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=begins, on_cell_executed=printed,
    )  # fmt: skip
    client.km = client.create_kernel_manager()
    client.km.transport = "ipc"  # there is no network, and the loopback need not be up
    try:
        asyncio.run(client.async_execute())
    except CellExecutionError as error:
        printed(number - 1)
        _fault("notebook-cell-failed", number=number, type=_known(str(error.ename)))
        return FAILED
    except DeadKernelError:
        _fault("notebook-kernel-died", number=number)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
