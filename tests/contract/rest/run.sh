#!/bin/sh
# run.sh PYTHON SCRIPT : a script of this folder with that Python, if it is there, else with the system's.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
python=$1
[ -x "$python" ] || python=python3
command -v "$python" >/dev/null || {
    echo "skipped: there is no $python"
    exit 77
}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
exec "$python" "$here/$2"
