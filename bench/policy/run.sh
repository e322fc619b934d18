#!/usr/bin/env bash
# What a decision of the information-flow policy costs, in contexts of up to 10,000 blocks. See README.md.
#
#   bench/policy/run.sh [--enforce]
#
# --enforce fails when the median of any kind of decision is over 50 µs in a context of 1,000 blocks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
case ${1:-} in
"" | --enforce) ;;
*)
    sed -n '2,/^set /{s/^# \{0,1\}//p}' bench/policy/run.sh
    exit 2
    ;;
esac
cargo run --locked --release --quiet --package deskhand-policy --example decision_cost -- "$@"
