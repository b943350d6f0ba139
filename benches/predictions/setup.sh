#!/bin/sh
# Installs what the peers need, outside the checkout, and prints the folder of its Python environment.
set -eu
dir="${ONEFOLD_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/onefold-benches}/predictions"
if [ ! -x "$dir/bin/python" ]; then
    python3 -m venv "$dir" >&2
fi
if ! "$dir/bin/python" -c 'import duckdb, implicit, lifetimes, lightgbm, pyarrow, sklearn, vaderSentiment' 2>/dev/null; then
    "$dir/bin/pip" install --quiet --upgrade duckdb implicit lifetimes lightgbm pyarrow scikit-learn vaderSentiment >&2
fi
echo "$dir"
