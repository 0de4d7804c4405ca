"""A small valid package on disk, to be bent by each test."""

from pathlib import Path

import pytest
from package_factory import STATEMENT, manifest, write_manifest


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    folder = tmp_path / "toy"
    values = manifest()
    files = {
        "statement/en.md": STATEMENT,
        "statement/zh.md": STATEMENT.replace("Title", "标题"),
        "public/train.csv": "x,label\n" + "".join(f"{i},{i % 2}\n" for i in range(20)),
        "public/test.csv": "id,x\n" + "".join(f"{i},{i * 3}\n" for i in range(20)),
        "public/starter/README.md": "start here\n",
        "hidden/reference/reference.csv": "id,label,split\n"
        + "".join(f"{i},{i // 3 % 2},public\n" for i in range(20)),
        **{f"submissions/{name}/s.csv": f"id,p\n{i},0.5\n" for i, name in enumerate(values["examples"])},
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    write_manifest(folder, values)
    return folder
