"""A first submission: logistic regression on the scaled columns.

python baseline.py --data .. --out submission.csv
"""

import argparse
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent)
parser.add_argument("--out", type=Path, default=Path("submission.csv"))
args = parser.parse_args()

train = pd.read_csv(args.data / "train.csv")
test = pd.read_csv(args.data / "test.csv")
features = [column for column in train.columns if column != "label"]

model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000))
guess = cross_val_predict(model, train[features], train["label"], cv=5, method="predict_proba")[:, 1]
print(f"cross-validated AUC {roc_auc_score(train['label'], guess):.4f}")
print(f"cross-validated log loss {log_loss(train['label'], guess):.4f}")

model.fit(train[features], train["label"])
result = pd.DataFrame({"id": test["id"], "probability": model.predict_proba(test[features])[:, 1]})
result.to_csv(args.out, index=False)
print(f"wrote {len(result)} rows to {args.out}")
