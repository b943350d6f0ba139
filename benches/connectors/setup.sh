#!/bin/sh
# Installs what the peer needs, outside the checkout, and prints the folder of its Python environment. DuckDB's
# extensions come as packages, each for one version of DuckDB.
set -eu
duckdb=1.5.5
dir="${ONEFOLD_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/onefold-benches}/connectors"
if [ ! -x "$dir/bin/python" ]; then
    python3 -m venv "$dir" >&2
fi
modules='adbc_driver_postgresql, deltalake, duckdb, duckdb_cli, duckdb_extension_delta, duckdb_extension_postgres_scanner, pyarrow'
if ! "$dir/bin/python" -c "import $modules" 2>/dev/null; then
    "$dir/bin/pip" install --quiet adbc-driver-manager adbc-driver-postgresql deltalake pyarrow \
        duckdb==$duckdb duckdb-cli==$duckdb duckdb-extension-delta==$duckdb duckdb-extension-postgres-scanner==$duckdb >&2
fi
echo "$dir"
