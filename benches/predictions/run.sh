#!/bin/sh
# Fits and scores Onefold's predictions and those of its peers on the same files, and prints a table per task.
#
#   benches/predictions/run.sh [CUSTOMERS] [SEED]
#
# BIN      the folder of the binary `onefold`; target/release by default
# DATA     a folder of Parquet files that are there already, instead of generated ones; tasks without a file are left out
# TASKS    some of: value churn subscription classifier regressor offers sentiment; all by default
# HORIZON  days that lifetime value looks ahead, 180 by default; three times as long a history is needed
# THREADS  cores that each program may use; 2 by default
# REPEAT   whether what somebody has bought may be offered to him, yes or no; no by default
# OUT      where the files and the reports go; a new temporary folder by default
set -eu
export PYTHONDONTWRITEBYTECODE=1 # the checkout stays as it was
export PYTHONHASHSEED=0          # the peers' folds are always the same
here=$(cd "$(dirname "$0")" && pwd)
customers=${1:-100000} seed=${2:-1}
bin=${BIN:-$here/../../target/release}
export HORIZON="${HORIZON:-180}"
threads=${THREADS:-2} repeat=${REPEAT:-no}
tasks=${TASKS:-value churn subscription classifier regressor offers sentiment}
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
python="$("$here/setup.sh")/bin/python"
export OMP_NUM_THREADS="$threads"

data=${DATA:-$out/data}
if [ ! -e "$data" ]; then
    "$python" "$here/generate.py" --customers "$customers" --seed "$seed" --out "$data" >&2
fi
reports=""
measure() {
    program=$1 task=$2 model=$3
    name=$task-$program-$model
    set -- "$here/${program}_run.py" --data "$data" --threads "$threads" --task "$task" --model "$model" --repeat "$repeat"
    if "$python" "$@" --onefold "$bin/onefold" >"$out/$name.json" 2>"$out/$name.log"; then
        reports="$reports $out/$name.json"
    else
        echo "$name failed; the end of $out/$name.log:" >&2
        tail -n 5 "$out/$name.log" >&2
    fi
}
# $1 a file and the columns after it; a task is left out if they are not there.
has() {
    [ -e "$data/$1.parquet" ] || return 1
    [ $# -eq 1 ] || "$python" -c 'import sys, duckdb; p, c = sys.argv[1:]; duckdb.sql(f"SELECT {c} FROM \"{p}\" LIMIT 0")' \
        "$data/$1.parquet" "$2" 2>/dev/null
}
# One after the other: each has the machine for itself.
for task in $tasks; do
    case $task in
    value)
        has purchases || continue
        for model in bg_nbd mbg_nbd pareto_nbd; do
            measure onefold value $model
            measure lifetimes value $model
        done
        measure onefold value boosted
        for model in histogram lightgbm lightgbm_default; do measure trees value $model; done
        measure onefold value auto
        ;;
    churn | subscription | classifier)
        case $task in churn) has purchases ;; subscription) has subscriptions ;; *) has people converted ;; esac || continue
        for model in logistic boosted auto; do measure onefold "$task" $model; done
        for model in logistic histogram lightgbm lightgbm_default; do measure trees "$task" $model; done
        ;;
    regressor)
        has people spend || continue
        for model in linear boosted auto; do measure onefold regressor $model; done
        for model in linear histogram lightgbm lightgbm_default; do measure trees regressor $model; done
        ;;
    offers)
        has purchases product || continue
        for model in popularity item_item als; do
            measure onefold offers $model
            measure implicit offers $model
        done
        measure onefold offers item_item_products
        measure onefold offers auto
        ;;
    sentiment)
        has reviews || continue
        measure onefold sentiment auto
        measure vader sentiment auto
        ;;
    esac
done
echo "reports in $out" >&2
# shellcheck disable=SC2086 # a list of paths without blanks
[ -z "$reports" ] || "$python" "$here/table.py" $reports
