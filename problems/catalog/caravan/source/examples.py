"""Makes the example submissions: two honest ones and every way to get the file wrong."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

TYPES = ["MOSTYPE", "MOSHOOFD"]


def predict(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """Return the average of a linear and a tree model's probability of buying."""
    features = [column for column in train.columns if column != "label"]
    numbers = [column for column in features if column not in TYPES]
    linear = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore", min_frequency=20), TYPES), (StandardScaler(), numbers)
        ),
        LogisticRegression(C=0.02, max_iter=2000),
    )
    trees = HistGradientBoostingClassifier(
        learning_rate=0.03,
        max_iter=120,
        max_leaf_nodes=8,
        min_samples_leaf=40,
        l2_regularization=5,
        random_state=0,
    )
    scores = [
        model.fit(train[features], train["label"]).predict_proba(test[features])[:, 1]
        for model in (linear, trees)
    ]
    return np.round(np.mean(scores, axis=0), 6)


def write_parquet(table: pd.DataFrame, path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None), path)
    return path.read_bytes()


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def to_csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")


def write_examples(train: pd.DataFrame, test: pd.DataFrame, out: Path, rng: np.random.Generator) -> None:
    ids = test["id"].to_numpy()
    good = pd.DataFrame({"id": ids, "probability": predict(train, test)})
    prior = round(float(train["label"].mean()), 6)
    write_text(out / "good" / "submission.csv", to_csv(good))
    write_text(out / "baseline" / "submission.csv", to_csv(good.assign(probability=prior)))
    shuffled = good.iloc[rng.permutation(len(good))]
    whole = write_parquet(shuffled, out / "good-parquet" / "submission.parquet")
    write_text(
        out / "good-jsonl" / "submission.jsonl",
        good.to_json(orient="records", lines=True, double_precision=10),
    )

    write_text(out / "missing-ids" / "submission.csv", to_csv(good[ids % 10 != 0]))
    words = np.where(good["probability"] > prior, "yes", "no")
    write_text(out / "text-values" / "submission.csv", to_csv(good.assign(probability=words)))
    write_text(out / "one-based" / "submission.csv", to_csv(good.assign(id=ids + 1)))
    (out / "truncated").mkdir(parents=True, exist_ok=True)
    (out / "truncated" / "submission.parquet").write_bytes(whole[: len(whole) * 2 // 3])
    many = pd.DataFrame({"id": np.arange(200_000), "probability": prior})
    write_text(out / "too-many-rows" / "submission.csv", to_csv(many))
    endless = good.assign(probability=np.where(good["probability"] > prior, "inf", "-inf"))
    write_text(out / "infinities" / "submission.csv", to_csv(endless))
    twice = pd.concat([good.assign(probability=0.0), good.assign(probability=1.0)]).sort_values(
        "id", kind="stable"
    )
    write_text(out / "both-answers" / "submission.csv", to_csv(twice))
