#!/bin/sh
# spawn-wrapper.sh PROGRAM ARGUMENT...: runs the program as a child and waits for it, as most start
# scripts do.
"$@"
exit $? # or a shell may exec its last command
