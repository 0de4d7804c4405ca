"""A Parquet file whose one long text stands in a million rows.

Tries: to fill the scorer's memory by a dictionary that makes terabytes out of a megabyte.
Covers: parquet-bomb
Road: predictions parquet
Image: python-ml
Limits: wall_time_s=80 cpu_time_s=40 memory_mib=700
Must: PE
"""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

n = 1_000_000
long = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, dtype=np.int32)), pa.array(["9" * (1 << 19)]))
table = pa.table({"id": np.arange(n), "prediction": long})
pq.write_table(
    table, "artefact", compression="zstd", use_dictionary=True, row_group_size=n, store_schema=False
)
