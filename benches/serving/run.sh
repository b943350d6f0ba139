#!/bin/sh
# Measures what `onefold serve` answers.
#
#   benches/serving/run.sh fetch [ROWS]             all rows of a table, beside PostgreSQL and DuckDB
#   benches/serving/run.sh connections [SECONDS]    many connections beside refreshes, then slow readers
#
# BIN          the folder of the binary `onefold`; target/release by default
# TIMES        fetch: how many turns each client has; 3 by default
# CONNECTIONS  200 by default
# CUSTOMERS    connections: how many profiles there are; 10000 by default
# PAUSE        connections: seconds between a connection's answer and its next question; 0 by default
# READERS      connections: slow readers; 20 by default
# ROWS         connections: rows that slow readers ask for; 5000000 by default
# OUT          where the rows go; a new temporary folder by default
#
# What follows the second word is handed on, as in `connections 60 --limit 2000`.
set -eu
export PYTHONDONTWRITEBYTECODE=1 # the checkout stays as it was
here=$(cd "$(dirname "$0")" && pwd)
what=${1:-fetch} size=${2:-}
[ $# -lt 2 ] || shift
shift $(($# > 0))
bin=${BIN:-$here/../../target/release}
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
python="$("$here/setup.sh")/bin/python"

purchases() {
    [ -e "$out/purchases_$1.parquet" ] || "$python" "$here/purchases.py" "$1" "$out/purchases_$1.parquet"
    echo "$out/purchases_$1.parquet"
}

case "$what" in
fetch)
    file=$(purchases "${size:-10000000}")
    eval "$("$here/../postgres.sh" start)"
    trap '"$here/../postgres.sh" stop "$BENCH_POSTGRES_FOLDER"' EXIT
    "$python" "$here/fetch.py" "$file" --onefold "$bin/onefold" --times "${TIMES:-3}" "$@"
    ;;
connections)
    "$python" "$here/connections.py" --onefold "$bin/onefold" --seconds "${size:-60}" \
        --connections "${CONNECTIONS:-200}" --customers "${CUSTOMERS:-10000}" --pause "${PAUSE:-0}" \
        --readers "${READERS:-20}" --purchases "$(purchases "${ROWS:-5000000}")" "$@"
    ;;
*)
    echo "usage: benches/serving/run.sh fetch [ROWS] | connections [SECONDS]" >&2
    exit 2
    ;;
esac
