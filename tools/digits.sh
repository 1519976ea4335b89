#!/usr/bin/env bash
# Accuracy and cost of a classifier for each dyadic set, as a Markdown table.
#   tools/digits.sh LACUNA PROJECT DATA [CALIBRATION]
# DATA: what `lacuna evaluate` takes; CALIBRATION: inputs to fit to, for a second row per set.
# LIMIT=N scores only N images; ADDERS=no leaves out `lacuna approximate`, which looks for shared adders.
set -euo pipefail
lacuna=$1 project=$2 data=$3 calibration=${4:-} limit=${LIMIT:-} adders=${ADDERS:-yes}
if [ ! -d "$data" ]; then
    echo "error: DATA must be a folder of labelled images such as data/mnist (make data), got '$data'" >&2
    exit 1
fi

figure() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }

row() {
    local set=$1 name=$2 cost='- | - | - | -' scores
    shift 2
    if [ "$adders" = yes ]; then
        cost=$("$lacuna" approximate "$project" --set "$set" "$@" --json | figure \
            "' | '.join(str(d['total'][k]) for k in ('adders_before', 'adders', 'shifts', 'storage_bits'))")
    fi
    scores=$("$lacuna" evaluate "$project" --set "$set" "$@" --data "$data" ${limit:+--limit "$limit"} --json |
        figure "' | '.join(format(100 * d['levels'][l]['top1'], '.2f') for l in ('float', 'approx', 'int'))")
    echo "| \`${set//|/\\|}\` | $name | $scores | $cost |"
}

echo "| set | levels by | float % | approx % | int % | adders before sharing | adders | shifts | storage bits |"
echo "|---|---|---|---|---|---|---|---|---|"
for set in ternary "{0, ±1, ±2}" "{0, ±1/2, ±1, ±2}" "k/8 |k|<=16"; do
    row "$set" norm
    if [ -n "$calibration" ]; then
        row "$set" data --calibration "$calibration"
    fi
done
