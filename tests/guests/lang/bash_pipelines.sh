#!/bin/bash
# Pipelines of several processes, process substitution, a co-process, read with a time-out, a trap, and bash's own chance.
set -u -o pipefail
fail() { echo "$1" >&2; exit 1; }
[ -n "${GUEST_NATIVE:-}" ] && long=0.2 || long=3600

sum=$(seq 1 1000 | grep -v 7 | awk '{ s += $1 } END { print s }')
[ "$sum" = 342658 ] || fail "sum: $sum"
sorted=$(for i in 5 3 9 1; do echo "$i"; done | sort -n | tee >(cat >/dev/null) | paste -sd,)
[ "$sorted" = 1,3,5,9 ] || fail "sorted: $sorted"
cmp -s <(printf 'a\nb\n') <(printf 'a\nb\n') || fail "process substitution"
true | false | true && fail "pipefail"
echo "statuses $(true | (exit 3) | (exit 4); echo "${PIPESTATUS[*]}")"

coproc doubler { while read -r n; do echo $((n * 2)); done; }
for n in 1 20 300; do
  echo "$n" >&"${doubler[1]}"
  read -r twice <&"${doubler[0]}" || fail "coproc"
  [ "$twice" = $((n * 2)) ] || fail "twice: $twice"
done
eval "exec ${doubler[1]}>&-"
wait "$doubler_PID" || fail "coproc ended with $?"

rm -f silent
mkfifo silent
exec 5<>silent
read -r -t "$long" -u 5 nothing && fail "read"
trap 'echo trapped' USR1
(kill -USR1 $$)
yes | head -n 20000 | wc -l | tr -d ' '
for i in 1 2 3 4; do (sleep "0.$i"; echo "job $i") & done
wait
echo "random $RANDOM $RANDOM $SRANDOM seconds $SECONDS id $$"
