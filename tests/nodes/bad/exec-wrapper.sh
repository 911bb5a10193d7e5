#!/bin/sh
# exec-wrapper.sh PROGRAM ARGUMENT...: becomes the program, as good start scripts do.
exec "$@"
