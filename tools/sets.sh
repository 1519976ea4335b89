#!/usr/bin/env bash
# Average precision and adders of a detector for each dyadic set, as a Markdown table.
#   tools/sets.sh LACUNA PROJECT DATA [CALIBRATION]
# DATA: photographs with a boxes.txt; CALIBRATION: a folder of windows, for a second row per set.
set -euo pipefail
lacuna=$1 project=$2 data=$3 calibration=${4:-}
if [ ! -f "$data/boxes.txt" ]; then
    echo "error: DATA must be a folder of photographs with a boxes.txt, got '$data'" >&2
    exit 1
fi

figure() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }

row() {
    local set=$1 name=$2 adders scores
    shift 2
    adders=$("$lacuna" approximate "$project" --set "$set" "$@" --json |
        figure "str(d['total']['adders']) + ' | ' + format(d['total']['relative_error'], '.3f')")
    scores=$("$lacuna" evaluate "$project" --set "$set" "$@" --data "$data" --json |
        figure "' | '.join(format(d['levels'][l]['ap'], '.3f') for l in ('float', 'approx', 'int'))")
    echo "| \`${set//|/\\|}\` | $name | $adders | $scores |"
}

echo "| set | levels by | adders | relative error | AP float | AP approx | AP int |"
echo "|---|---|---|---|---|---|---|"
for set in ternary "{0, ±1, ±2}" "{0, ±1/2, ±1, ±2}" "{0, ±1/4, ±1/2, ±1, ±2}" "k/4 |k|<=8" "k/8 |k|<=16"; do
    row "$set" norm
    if [ -n "$calibration" ]; then
        row "$set" data --calibration "$calibration"
    fi
done
