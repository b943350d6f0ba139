#!/bin/sh
# Runs Splink and Onefold on one generated population and prints a table.
#
#   benches/identity/run.sh [RECORDS] [SEED]
#
# BIN      the folder of the binaries `people` and `onefold`; target/release by default
# PEOPLE   a population that is there already, instead of a generated one
# THREADS  for both programs; 2 by default
# CHANGE   the part of the records that change before Onefold's second run; 0.01 by default
# OUT      where the population and the reports go; a new temporary folder by default
set -eu
export PYTHONDONTWRITEBYTECODE=1 # the checkout stays as it was
here=$(cd "$(dirname "$0")" && pwd)
records=${1:-1000000} seed=${2:-1}
bin=${BIN:-$here/../../target/release}
threads=${THREADS:-2} change=${CHANGE:-0.01}
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
python="$("$here/setup.sh")/bin/python"

people=${PEOPLE:-$out/people.parquet}
if [ ! -e "$people" ]; then
    "$bin/people" --records "$records" --seed "$seed" --out "$people" >&2
fi
reports=""
measure() {
    name=$1
    shift
    if "$@" >"$out/$name.json" 2>"$out/$name.log"; then
        reports="$reports $out/$name.json"
    else
        echo "$name failed; the end of $out/$name.log:" >&2
        tail -n 5 "$out/$name.log" >&2
    fi
}
# One after the other: each has the machine for itself.
measure onefold-auto "$python" "$here/onefold_run.py" "$people" --onefold "$bin/onefold" --match auto --change "$change" --threads "$threads"
measure onefold-rules "$python" "$here/onefold_run.py" "$people" --onefold "$bin/onefold" --match rules --change "$change" --threads "$threads"
measure splink "$python" "$here/splink_run.py" "$people" --threads "$threads"
echo "reports in $out" >&2
# shellcheck disable=SC2086 # a list of paths without blanks
[ -z "$reports" ] || "$python" "$here/table.py" $reports
