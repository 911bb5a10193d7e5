#!/bin/sh
# Background jobs, wait, pipes, traps, substitutions: what a wrapper script does.
set -eu
unit=${GUEST_NATIVE:+0.02}
unit=${unit:-1}

(sleep "$unit"; echo first) > one &
(sleep "$unit"; sleep "$unit"; echo second) > two &
(sleep "$unit"; exit 7) &
last=$!
wait $last || echo "job ended with $?"
wait
cat one two
rm one two

test "$(seq 1000 | sort | tail -n 1)" = 999
test "$(yes | head -n 50000 | wc -l)" -eq 50000
echo "$(seq 100000 | cksum)"

trap 'echo "caught TERM"' TERM
(sleep "$unit"; kill -TERM $$) &
wait $! || true
printf '%s\n' "pid $$" "date $(date -u +%F)" "$(uname -n)" "$(nproc) processors"
timeout 1 sleep 3600 || echo "timeout gave $?"
