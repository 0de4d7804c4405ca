"""Builds the Caravan competition from the table that the ISLP wheel ships.

    python prepare.py --out DIR --cache DIR [--seed N]

Reads `islp-0.6.0-*.whl` (16 MiB) from the cache, which `python -m problems.build` puts there; uses no
network itself. The labels of this table are public knowledge, so a serious contest builds with a
seed of its own: rows are shuffled, renumbered and split by it.
"""

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from source.columns import describe
from source.examples import write_examples

MEMBER = "ISLP/data/Caravan.csv"
TRAIN_SHARE = 0.6
PUBLIC_SHARE = 0.4


def read_table(cache: Path) -> pd.DataFrame:
    wheels = sorted(cache.glob("islp-0.6.0-*.whl"))
    if not wheels:
        raise SystemExit(
            f"no islp-0.6.0 wheel in {cache}; build with: python -m problems.build DIR --cache {cache}"
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        table = pd.read_csv(io.BytesIO(wheel.read(MEMBER)))
    table["label"] = (table.pop("Purchase") == "Yes").astype(int)
    if table.shape != (5822, 86) or int(table["label"].sum()) != 348:
        raise SystemExit(f"{MEMBER} is not the table this problem was written for")
    return table


def assign(table: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Give each row its part, `train`, `public` or `private`.

    Rows with equal features stay together, or looking up a twin in the training data would be a
    model. Groups with a buyer are dealt apart from those without, so every part has its 6 %.
    """
    features = table.drop(columns="label")
    group = features.groupby(list(features.columns), sort=True).ngroup()
    has_buyer = table["label"].groupby(group).transform("max")
    part_of_group: dict[int, str] = {}
    for stratum in (1, 0):
        groups = rng.permutation(np.unique(group[has_buyer == stratum]))
        n_train = round(TRAIN_SHARE * len(groups))
        n_public = round(PUBLIC_SHARE * (len(groups) - n_train))
        names = ["train"] * n_train + ["public"] * n_public
        names += ["private"] * (len(groups) - len(names))
        part_of_group.update(zip(groups.tolist(), names, strict=True))
    return group.map(part_of_group)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261101)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    table = read_table(args.cache)
    table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
    part = assign(table, rng)

    train = table[part == "train"].reset_index(drop=True)
    test = table[part != "train"].reset_index(drop=True)
    split = part[part != "train"].reset_index(drop=True)
    test.insert(0, "id", np.arange(len(test)))
    public = args.out / "public"
    write_csv(train, public / "train.csv")
    write_csv(test.drop(columns="label"), public / "test.csv")
    write_csv(describe(list(train.columns)), public / "columns.csv")
    sample = pd.DataFrame({"id": test["id"], "probability": 0.06})
    write_csv(sample, public / "sample_submission.csv")
    reference = pd.DataFrame({"id": test["id"], "label": test["label"], "split": split})
    write_csv(reference, args.out / "hidden" / "reference" / "reference.csv")
    write_examples(train, test.drop(columns="label"), args.out / "submissions", rng)
    print(f"train {len(train)}, public {(split == 'public').sum()}, private {(split == 'private').sum()}")


if __name__ == "__main__":
    main()
