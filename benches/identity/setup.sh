#!/bin/sh
# Installs what the peers need, outside the checkout, and prints the folder of its Python environment.
set -eu
dir="${ONEFOLD_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/onefold-benches}/splink"
if [ ! -x "$dir/bin/python" ]; then
    python3 -m venv "$dir" >&2
fi
if ! "$dir/bin/python" -c 'import splink, duckdb, pyarrow, psutil' 2>/dev/null; then
    "$dir/bin/pip" install --quiet --upgrade splink duckdb pyarrow psutil >&2
fi
echo "$dir"
