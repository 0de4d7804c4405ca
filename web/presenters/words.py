"""Words of manifests as people read them: kinds, formats, tags, limits."""

from dataclasses import dataclass

from flask_babel import lazy_gettext

KINDS = {
    "predictions": (lazy_gettext("Predictions"), "table", lazy_gettext("Submit a file of predictions.")),
    "model": (
        lazy_gettext("Model"),
        "diagram-3",
        lazy_gettext("Submit a trained model; we run it on hidden data."),
    ),
    "program": (
        lazy_gettext("Program"),
        "code-slash",
        lazy_gettext("Submit a program; it is run here, on hidden data."),
    ),
    "interactive": (
        lazy_gettext("Interactive"),
        "chat-left-dots",
        lazy_gettext("Submit a program that talks with the problem over its standard input and output."),
    ),
    "service": (
        lazy_gettext("Service"),
        "hdd-network",
        lazy_gettext("Submit a program that serves HTTP; we ask it and measure."),
    ),
    "prompt": (
        lazy_gettext("Prompt"),
        "chat-square-quote",
        lazy_gettext("Submit a prompt template; it is filled in with hidden data and put to a model."),
    ),
    "function": (
        lazy_gettext("Functions"),
        "braces",
        lazy_gettext("Submit a Python module; hidden tests call its functions."),
    ),
}

SPLITS = {
    "sample": lazy_gettext("sample"),
    "public": lazy_gettext("public"),
    "private": lazy_gettext("private"),
}

FORMATS = {
    "csv": (".csv", lazy_gettext("CSV table, UTF-8, with a header line")),
    "parquet": (".parquet", lazy_gettext("Parquet table")),
    "jsonl": (".jsonl", lazy_gettext("JSON Lines, one object per row")),
    "npy": (".npy", lazy_gettext("NumPy array without pickled objects")),
    "text": (".txt", lazy_gettext("Text, one answer a line")),
    "npz": (".npz", lazy_gettext("NumPy archive without pickled objects")),
    "onnx": (".onnx", lazy_gettext("ONNX, from torch.onnx.export or any other framework")),
    "torchscript": (".pt", lazy_gettext("TorchScript, from torch.jit.save")),
    "torch-export": (".pt2", lazy_gettext("Exported program, from torch.export.save")),
    "safetensors": (
        ".safetensors",
        lazy_gettext("Weights in safetensors, with the name of a builder in the metadata"),
    ),
    "skops": (".skops", lazy_gettext("A fitted scikit-learn classifier, from skops.io.dump")),
    "py": (".py", lazy_gettext("One Python file")),
    "c": (".c", lazy_gettext("One C file (C17)")),
    "cpp": (".cpp", lazy_gettext("One C++ file (C++20)")),
    "java": (".java", lazy_gettext("One Java file; the class that is public, or has main, is run")),
    "js": (".js", lazy_gettext("One JavaScript file, run by Node.js")),
    "zip": (".zip", lazy_gettext("A zip of several files")),
    "json": (".json", lazy_gettext("JSON with messages, each with a role and a content")),
    "yaml": (".yaml", lazy_gettext("YAML with messages, each with a role and a content")),
    "ipynb": (".ipynb", lazy_gettext("A Jupyter notebook, run from top to bottom")),
}

# What a format is where it is a prompt's.
PROMPT_FORMATS = {"text": (".txt", lazy_gettext("Text, one message of the user's"))}

TAGS = {
    "tabular": lazy_gettext("tabular"),
    "classification": lazy_gettext("classification"),
    "imbalanced": lazy_gettext("imbalanced"),
    "vision": lazy_gettext("vision"),
    "deployment": lazy_gettext("deployment"),
    "regression": lazy_gettext("regression"),
    "optimisation": lazy_gettext("optimisation"),
    "nlp": "NLP",
    "clustering": lazy_gettext("clustering"),
    "recommendation": lazy_gettext("recommendation"),
    "time-series": lazy_gettext("time series"),
    "ranking": lazy_gettext("ranking"),
    "tokenizer": lazy_gettext("tokenizers"),
    "data-structures": lazy_gettext("data structures"),
    "algorithms": lazy_gettext("algorithms"),
    "training": lazy_gettext("training"),
    "agents": lazy_gettext("agents"),
    "reinforcement-learning": lazy_gettext("reinforcement learning"),
    "planning": lazy_gettext("planning"),
    "serving": lazy_gettext("serving"),
    "latency": lazy_gettext("latency"),
    "compression": lazy_gettext("compression"),
    "quantisation": lazy_gettext("quantisation"),
    "speech": lazy_gettext("speech"),
    "prompting": lazy_gettext("prompting"),
    "extraction": lazy_gettext("information extraction"),
}

LIMITS = {
    "wall_time_s": (lazy_gettext("Time"), "{} s"),
    "cpu_time_s": (lazy_gettext("CPU time"), "{} s"),
    "memory_mib": (lazy_gettext("Memory"), "{} MiB"),
    "n_processes": (lazy_gettext("Processes and threads"), "{}"),
    "n_cpus": (lazy_gettext("CPU cores"), "{}"),
    "output_mib": (lazy_gettext("Output"), "{} MiB"),
}

FEEDBACK = {
    "full": lazy_gettext("You see the verdict, each test, and your own output."),
    "cases": lazy_gettext("You see the verdict and each test."),
    "verdict": lazy_gettext("You see the verdict and the score."),
}


@dataclass(frozen=True, slots=True)
class FactRow:
    """A label and a value."""

    label: object
    value: str
