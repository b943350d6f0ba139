#!/bin/sh
# Reads a table of PostgreSQL and one of Delta by Onefold and by DuckDB, and prints tables.
#
#   benches/connectors/run.sh [ROWS]
#
# BIN      the folder of the binary `onefold`; target/release by default
# THREADS  for both programs; 2 by default
# TIMES    how often each query runs; 3 by default
# OUT      where the Delta table and the reports go; a new temporary folder by default
set -eu
export PYTHONDONTWRITEBYTECODE=1 # the checkout stays as it was
here=$(cd "$(dirname "$0")" && pwd)
rows=${1:-5000000}
bin=${BIN:-$here/../../target/release}
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
python="$("$here/setup.sh")/bin/python"

eval "$("$here/../postgres.sh" start)"
trap '"$here/../postgres.sh" stop "$BENCH_POSTGRES_FOLDER"' EXIT
data=$(mktemp -d -p "$out" data-XXXXXX)
"$python" "$here/orders.py" "$rows" "$data"
for source in postgres delta; do
    "$python" "$here/compare.py" "$source" "$data" --onefold "$bin/onefold" \
        --threads "${THREADS:-2}" --times "${TIMES:-3}" >"$out/$source.json"
done
echo "reports in $out" >&2
"$python" "$here/table.py" "$out/postgres.json" "$out/delta.json"
