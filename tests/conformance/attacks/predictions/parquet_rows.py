"""A Parquet file with millions of rows, just below what is read at most.

Tries: to fill the scorer's memory with the faults of nineteen million rows.
Covers: parquet-bomb
Road: predictions parquet
Image: python-ml
Limits: wall_time_s=80 cpu_time_s=40 memory_mib=700
Must: PE
"""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

n = 1_900_000
schema = pa.schema([("id", pa.int64()), ("prediction", pa.float64())])
table = pa.table({"id": np.full(n, 3, dtype=np.int64), "prediction": np.full(n, np.nan)}, schema=schema)
with pq.ParquetWriter("artefact", schema, compression="zstd") as writer:
    for _ in range(10):
        writer.write_table(table, row_group_size=n)
