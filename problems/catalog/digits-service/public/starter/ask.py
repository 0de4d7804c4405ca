"""Asks a running server about 200 digits, and prints how often it was right and how long it took."""

import http.client
import json
import time

import numpy as np

data = np.load("train.npz")
connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=5)
times, n_right = [], 0
for image, label in zip(data["images"][:200], data["labels"][:200], strict=True):
    began = time.perf_counter()
    connection.request(
        "POST", "/predict", json.dumps({"pixels": image.tolist()}), {"Content-Type": "application/json"}
    )
    n_right += json.loads(connection.getresponse().read()) == {"label": int(label)}
    times.append(1000 * (time.perf_counter() - began))
print(
    f"{n_right / 2:.1f} % right, p50 {np.percentile(times, 50):.1f} ms, p95 {np.percentile(times, 95):.1f} ms"
)
