#!/usr/bin/env bash
# Times the whole program on an invented Cowrie log: import, dry run, backfill, and each again.
# DECNET_BENCH_SESSIONS: sessions of ten commands (default 25,000, so 250,000 commands).
set -euo pipefail
cd "$(dirname "$0")/.."
bin=build/bench/bin
sessions=${DECNET_BENCH_SESSIONS:-25000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DECNET_CONFIG=/dev/null DECNET_MODE=master DECNET_DB_PATH="$work/decnet.db" \
  DECNET_SYSTEM_LOGS="$work/decnet.log" DECNET_TTP_RULES_DIR="$PWD/rules/ttp"

"$bin/invent_log" "$sessions" 10 >"$work/cowrie.json"
printf '\n== the whole program: %s sessions, %s lines, %s bytes\n' "$sessions" \
  "$(wc -l <"$work/cowrie.json")" "$(stat -c %s "$work/cowrie.json")"

# timed NAME COMMAND…: what it prints, then its wall and processor time.
timed() {
  printf '\n%s\n' "$1"
  shift
  local TIMEFORMAT='  wall %R s, user %U s, system %S s'
  time { "$@" | sed 's/^/  /'; }
}
timed "import" "$bin/decnet" import cowrie "$work/cowrie.json"
timed "import again" "$bin/decnet" import cowrie "$work/cowrie.json"
timed "backfill, dry" "$bin/decnet" ttp-backfill --dry-run --source command
timed "backfill" "$bin/decnet" ttp-backfill --source command
timed "backfill again" "$bin/decnet" ttp-backfill --source command
