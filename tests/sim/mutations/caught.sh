#!/bin/sh
# caught.sh PROGRAM HISTORIES SEED : a broken supervisor must break an invariant within so many histories from that seed on.
set -u
said=$("$1" --seed "$3" --seeds "$2" --steps 200)
status=$?
printf '%s\n' "$said" | head -n 40
[ "$status" = 1 ] && exit 0
echo "not caught (status $status): does the mutation still apply? see mutate.sh" >&2
exit 1
