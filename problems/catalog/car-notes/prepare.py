"""Builds the notes about cars from the Auto table of the ISLP wheel.

    python prepare.py --out DIR --cache DIR [--seed N]

Each note tells of one real car, each question asks for its name, its year or its horsepower. Twelve notes
with answers are given, twenty are asked about: half of those public, half private.
"""

import argparse
import csv
import io
import json
import random
import zipfile
from pathlib import Path

MEMBER = "ISLP/data/Auto.csv"
N_SAMPLE, N_HIDDEN, N_SMOKE = 12, 20, 4
NOTES = (
    "For sale: a {name} from {year}. One owner, {horsepower} horsepower, no rust.",
    "I drove my {name} for years. Bought new in {year}, {horsepower} horsepower under the hood.",
    "{horsepower} horsepower is enough, said the owner of this {name}, built in {year}.",
    "My uncle's {name} left the factory in {year}. The papers say {horsepower} horsepower.",
)
QUESTIONS = {"name": "Which car is it?", "year": "Which year?", "horsepower": "How much horsepower?"}


def read_cars(cache: Path) -> list[dict[str, str]]:
    wheels = sorted(cache.glob("islp-0.6.0-*.whl"))
    if not wheels:
        raise SystemExit(
            f"no islp-0.6.0 wheel in {cache}; build with: python -m problems.build DIR --cache {cache}"
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        rows = list(csv.DictReader(io.StringIO(wheel.read(MEMBER).decode("utf-8"))))
    if len(rows) != 392 or not set(QUESTIONS) <= set(rows[0]):
        raise SystemExit(f"{MEMBER} is not the table this problem was written for")
    return list({row["name"]: row for row in rows}.values())  # one note a model


def accepted(answer: str) -> list[str]:
    """Return what counts as right: a figure is right with and without its unit."""
    figure, _, unit = answer.partition(" ")
    return [answer, figure] if unit == "horsepower" else [answer]


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def build(out: Path, cache: Path, seed: int) -> None:
    rng = random.Random(seed)
    asked = [(form, question) for form in NOTES for question in QUESTIONS] * (
        1 + (N_SAMPLE + N_HIDDEN) // (len(NOTES) * len(QUESTIONS))
    )
    cars = rng.sample(read_cars(cache), N_SAMPLE + N_HIDDEN)
    rows = []
    for at, (car, (form, key)) in enumerate(zip(cars, rng.sample(asked, len(cars)), strict=True)):
        facts = {
            **car, "name": car["name"].title(), "year": f"19{car['year']}",
        }  # fmt: skip
        rows.append(
            {
                "id": f"n{at:02}",
                "note": form.format(**facts),
                "question": QUESTIONS[key],
                "answer": f"{facts[key]} horsepower" if key == "horsepower" else facts[key],
            }
        )
    given, hidden = rows[:N_SAMPLE], rows[N_SAMPLE:]
    write_rows(out / "public" / "sample.jsonl", given)
    ask(hidden, out / "hidden", ("public", "private"))
    ask(given[:N_SMOKE], out / "public" / "sample", ("public",))  # what smoke tests are judged on
    write_submissions(out / "submissions", given)


def ask(rows: list[dict[str, str]], out: Path, splits: tuple[str, ...]) -> None:
    """Write questions, and beside them what is right."""
    inputs = [{name: row[name] for name in ("id", "note", "question")} for row in rows]
    write_rows(out / "inputs" / "inputs.jsonl", inputs)
    truth = [
        {"id": row["id"], "answer": accepted(row["answer"]), "split": splits[at % len(splits)]}
        for at, row in enumerate(rows)
    ]
    write_rows(out / "reference" / "reference.jsonl", truth)


def write_submissions(folder: Path, given: list[dict[str, str]]) -> None:
    """Write the examples that show the model some of the sample first."""
    shown = sorted(
        given, key=lambda row: [one for one in given if one["question"] == row["question"]].index(row)
    )[:6]
    messages = [{"role": "system", "content": "Answer with as few words as you can."}]
    for row in shown:
        messages += [
            {"role": "user", "content": f"{row['note']}\n{row['question']}"},
            {"role": "assistant", "content": row["answer"]},
        ]
    messages.append({"role": "user", "content": "{{note}}\n{{question}}"})
    examples = {
        "good/template.json": json.dumps({"messages": messages}, indent=1),
        "good-yaml/template.yaml": "messages:\n"
        + "".join(
            f"  - role: {one['role']}\n    content: {json.dumps(one['content'])}\n" for one in messages
        ),
        "broken-off/template.json": json.dumps({"messages": messages}, indent=1)[:-40],
        "wordy/template.json": json.dumps(
            {"messages": messages[:1] + 2 * messages[1:-1] + messages[-1:]}, indent=1
        ),
    }
    for name, text in examples.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261127)
    options = parser.parse_args()
    build(options.out, options.cache, options.seed)


if __name__ == "__main__":
    main()
