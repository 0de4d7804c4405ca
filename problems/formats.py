"""The formats of submissions and the endings of their files' names."""

# The first ending of a format is the one it has inside a sandbox.
SUFFIXES: dict[str, tuple[str, ...]] = {
    "csv": (".csv",),
    "parquet": (".parquet", ".pq"),
    "jsonl": (".jsonl", ".ndjson"),
    "npy": (".npy",),
    "npz": (".npz",),
    "text": (".txt",),
    "onnx": (".onnx",),
    "torchscript": (".pt", ".pth", ".ts"),
    "torch-export": (".pt2",),
    "safetensors": (".safetensors",),
    "skops": (".skops",),
    "py": (".py",),
    "c": (".c",),
    "cpp": (".cpp", ".cc", ".cxx"),
    "java": (".java",),
    "js": (".js", ".mjs", ".cjs"),
    "zip": (".zip",),
    "ipynb": (".ipynb",),
    "json": (".json",),
    "yaml": (".yaml", ".yml"),
}
FORMAT_OF_SUFFIX: dict[str, str] = {
    suffix: name for name, suffixes in SUFFIXES.items() for suffix in suffixes
}


def suffix_of(file_format: str) -> str:
    """Return the file name ending that a format has inside a sandbox."""
    return SUFFIXES[file_format][0]
