#!/bin/sh
# Dies before it has read anything, as a program does that misses a library or an argument.
echo 'exits-at-once: cannot open nodes.conf' >&2
exit 3
