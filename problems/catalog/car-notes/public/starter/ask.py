"""Tries a template on the sample, with any OpenAI-compatible server of your own.

    python3 ask.py prompt.yaml --url http://127.0.0.1:8080/v1

A JSON template needs nothing but Python, a YAML one PyYAML.
"""

import argparse
import json
import re
import urllib.request
from pathlib import Path

PARAMETERS = {"temperature": 0, "max_tokens": 16, "stop": ["\n"]}


def read(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".txt":
        return {"messages": [{"role": "user", "content": text}]}
    if path.suffix == ".json":
        return json.loads(text)
    import yaml

    return yaml.safe_load(text)


def filled(text, row):
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: row[found[1]], text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("template", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8080/v1")
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument(
        "--sample", type=Path, default=Path(__file__).resolve().parent.parent / "sample.jsonl"
    )
    options = parser.parse_args()
    template = read(options.template)
    n_right = n_rows = 0
    for line in options.sample.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        messages = [{**one, "content": filled(one["content"], row)} for one in template["messages"]]
        body = {"model": options.model, "messages": messages, **PARAMETERS, **template.get("parameters", {})}
        request = urllib.request.Request(
            f"{options.url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as response:
            answer = json.load(response)["choices"][0]["message"]["content"].strip()
        n_rows, n_right = n_rows + 1, n_right + (answer == row["answer"])
        print(f"{row['id']}  {row['answer']:>6}  {answer}")
    print(f"{n_right} of {n_rows} exactly right")


if __name__ == "__main__":
    main()
