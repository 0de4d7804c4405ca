"""Both of NVIDIA's programs, told apart by the name they are started with.

They find their orders in the folder above their own: `devices.json` (id → number of the node), and `broken`
(fail with these words). What they were asked is appended to `asked`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HOME = Path(sys.argv[0]).resolve().parents[1]


def fail(words: str) -> None:
    """End as NVIDIA's own do; the engine quotes it."""
    sys.exit(f"nvidia-container-cli: {words}")


def wanted_nodes(config: dict, program: str) -> list[str]:
    """Return the nodes this container shall get, and write down what was asked."""
    environment = dict(entry.partition("=")[::2] for entry in config["process"]["env"])
    visible = environment.get("NVIDIA_VISIBLE_DEVICES", "")
    capabilities = environment.get("NVIDIA_DRIVER_CAPABILITIES", "")
    asked = {"program": program, "visible": visible, "capabilities": capabilities}
    with (HOME / "asked").open("a") as file:
        file.write(json.dumps(asked) + "\n")
    if visible in {"", "void", "none"}:
        return []
    if (HOME / "broken").exists():
        fail((HOME / "broken").read_text())
    devices = json.loads((HOME / "devices.json").read_text())
    ids = list(devices) if visible == "all" else visible.split(",")
    for unknown in set(ids) - set(devices):
        fail(f"device error: {unknown}: unknown device")
    return [f"/dev/nvidia{devices[gpu]}" for gpu in ids]


def be_hook() -> None:
    """Make the nodes in a container whose first process does not run yet."""
    state = json.load(sys.stdin)
    config = json.loads(Path(state["bundle"], "config.json").read_text())
    made = {
        device["path"] for device in config["linux"].get("devices", ())
    }  # the runtime's, if both are asked
    for node in set(wanted_nodes(config, "hook")) - made:
        inside = ["nsenter", "--target", str(state["pid"]), "--mount"]
        subprocess.run(
            [*inside, "mknod", "-m", "666", config["root"]["path"] + node, "c", "1", "3"], check=True
        )


def be_runtime() -> None:
    """Write the nodes into a container's specification, then be runc."""
    if "create" in sys.argv:
        path = Path(sys.argv[sys.argv.index("--bundle") + 1], "config.json")
        config = json.loads(path.read_text())
        for node in wanted_nodes(config, "runtime"):
            device = {
                "path": node,
                "type": "c",
                "major": 1,
                "minor": 3,
                "fileMode": 0o666,
                "uid": 0,
                "gid": 0,
            }
            config["linux"].setdefault("devices", []).append(device)
        path.write_text(json.dumps(config))
    os.execvp("runc", ["runc", *sys.argv[1:]])


if __name__ == "__main__":
    (be_hook if sys.argv[0].endswith("hook") else be_runtime)()
