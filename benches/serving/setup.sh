#!/bin/sh
# Installs the clients, outside the checkout, and prints the folder of their Python environment.
set -eu
dir="${ONEFOLD_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/onefold-benches}/serving"
if [ ! -x "$dir/bin/python" ]; then
    python3 -m venv "$dir" >&2
fi
modules='adbc_driver_flightsql, adbc_driver_postgresql, asyncpg, duckdb, psutil, psycopg, pyarrow'
if ! "$dir/bin/python" -c "import $modules" 2>/dev/null; then
    "$dir/bin/pip" install --quiet --upgrade \
        adbc-driver-flightsql adbc-driver-manager adbc-driver-postgresql asyncpg duckdb psutil 'psycopg[binary]' pyarrow >&2
fi
echo "$dir"
