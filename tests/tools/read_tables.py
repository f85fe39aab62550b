"""Reads tables that `authopsy convert` and `authopsy events --format parquet` wrote, with DuckDB and polars.

    read_tables.py TABLE.parquet|FOLDER ROWS

Both engines must count ROWS rows and agree on every column's name, non-null count, least and greatest value.
"""
import os, sys
import duckdb
import polars

path, rows = sys.argv[1], int(sys.argv[2])
pattern = os.path.join(path, "*", "*.parquet") if os.path.isdir(path) else path
con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")
table = f"read_parquet('{pattern}', hive_partitioning = false)"
frame = polars.read_parquet(pattern, hive_partitioning=False)
assert frame.height == rows, ("polars", frame.height, rows)
count = con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
assert count == rows, ("duckdb", count, rows)
names = [d[0] for d in con.execute(f"SELECT * FROM {table} LIMIT 0").description]
assert names == frame.columns, (names, frame.columns)
for name in names:
    quoted = '"' + name.replace('"', '""') + '"'
    n, least, most = con.execute(f"SELECT count({quoted}), min({quoted})::VARCHAR, max({quoted})::VARCHAR FROM {table}").fetchone()
    column = frame[name]
    assert n == column.len() - column.null_count(), (name, n)
    if column.dtype in (polars.String, polars.Int64):
        assert (least, most) == (None if column.min() is None else str(column.min()), None if column.max() is None else str(column.max())), name
print(f"{rows} rows, {len(names)} columns: duckdb {duckdb.__version__} and polars {polars.__version__} agree")
