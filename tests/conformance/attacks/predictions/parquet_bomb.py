"""A Parquet file of a few kilobytes and a hundred million rows.

Tries: to fill the scorer's memory with rows that repeat one value.
Covers: parquet-bomb
Road: predictions parquet
Image: python-ml
Limits: wall_time_s=80 cpu_time_s=40 memory_mib=700
Must: PE
"""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

n = 2_000_000
schema = pa.schema([("id", pa.int64()), ("prediction", pa.float64())])
table = pa.table({"id": np.ones(n, dtype=np.int64), "prediction": np.zeros(n)}, schema=schema)
with pq.ParquetWriter("artefact", schema, compression="zstd") as writer:
    for _ in range(50):
        writer.write_table(table, row_group_size=n)
