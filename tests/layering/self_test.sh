#!/bin/sh
# Plants one breach after the other in a small clean tree and expects check.sh to name each; a check
# that never fires proves nothing.
set -eu

own=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
tree=$(mktemp -d "${TMPDIR:-/tmp}/potd-layering.XXXXXX")
trap 'rm -rf -- "$tree"' EXIT
trap 'exit 130' INT TERM HUP
planted=0
missed=0

put() { # FILE LINE...
    file=$tree/$1
    shift
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$@" >"$file"
}

clean_tree() {
    find "$tree" -mindepth 1 -delete
    for folder in core openapi storage api daemon client tests bench cmake docs scripts systemd; do
        put "$folder/README.md" "# $folder"
    done
    put core/port/clock.hpp '#pragma once' '' '#include "core/base/time.hpp"' '' '#include <chrono>'
    put core/base/time.hpp '#pragma once' '' '#include <cstdint>'
    put core/base/time.cpp '#include "core/base/time.hpp"' '' '#include <string>'
    put daemon/platform/posix/fd.cpp '#include <unistd.h>'
}

repeat() { # COUNT LINE
    awk -v n="$1" -v line="$2" 'BEGIN { for (i = 0; i < n; i++) print line }'
}

# Run check.sh over the tree as it stands; its answer must be a breach that contains PATTERN.
expect_breach() { # WHAT PATTERN
    planted=$((planted + 1))
    if answer=$("$own/check.sh" "$tree") || ! printf '%s' "$answer" | grep -qF -- "$2"; then
        missed=$((missed + 1))
        printf 'not caught: %s\nanswer was: %s\n' "$1" "$answer"
    fi
    clean_tree
}

plant_include() { # FILE INCLUDE
    put "$1" '#pragma once' "#include $2"
    expect_breach "$1 includes $2" "may not include $2"
}

clean_tree
"$own/check.sh" "$tree" || { echo "a clean tree must pass"; exit 1; }

plant_include core/service/a.hpp '<boost/asio.hpp>'
plant_include core/model/a.hpp '<sqlite3.h>'
plant_include core/base/a.hpp '<unistd.h>'
plant_include core/base/b.hpp '"core/model/pot.hpp"'
plant_include core/lifecycle/a.hpp '"core/port/clock.hpp"'
plant_include core/port/a.hpp '"core/service/pot_service.hpp"'
plant_include core/service/b.hpp '"storage/sqlite/database.hpp"'
plant_include core/service/c.hpp '<fstream>'
plant_include core/service/d.hpp '<thread>'
plant_include openapi/wire/a.hpp '"core/model/pot.hpp"'
plant_include storage/sqlite/a.hpp '<boost/beast.hpp>'
plant_include storage/sqlite/b.hpp '"api/http/listener.hpp"'
plant_include api/route/a.hpp '"storage/sqlite/database.hpp"'
plant_include api/route/b.hpp '"daemon/platform/posix/fd.hpp"'
plant_include client/command/a.hpp '"core/model/pot.hpp"'
plant_include client/command/b.hpp '<sqlite3.h>'
plant_include daemon/loop/a.hpp '"daemon/platform/posix/fd.hpp"'
plant_include daemon/platform/a.hpp '<boost/asio.hpp>'
plant_include daemon/monitor/a.hpp '"core/service/pot_service.hpp"'
plant_include daemon/monitor/b.hpp '<spdlog/spdlog.h>'
plant_include daemon/config/a.hpp '<nlohmann/json.hpp>'
plant_include daemon/a.hpp '<spdlog/spdlog.h>'
plant_include core/base/c.hpp '"time.hpp"'
plant_include tests/unit/core/a.hpp '"storage/sqlite/database.hpp"'

put core/base/a.hpp '#include <cstdint>'
expect_breach 'header without a guard' '#pragma once'
put core/base/a.hpp '#pragma once' 'using namespace std;'
expect_breach 'using namespace in a header' 'using namespace'
put core/base/time.cpp '#include "core/base/result.hpp"' '#include "core/base/time.hpp"'
expect_breach 'own header second' 'comes first'
put core/base/a.cpp '#ifdef __linux__' '#endif'
expect_breach 'platform condition in core' 'chosen by CMake'
put api/route/a.cpp '#if defined(__FreeBSD__)' '#endif'
expect_breach 'platform condition in api' 'chosen by CMake'
put storage/sqlite/long.cpp "$(repeat 501 ';')"
expect_breach 'a source of 501 lines' 'at most 500'
put core/base/long.hpp '#pragma once' "$(repeat 350 ';')"
expect_breach 'a header of 351 lines' 'at most 350'
put docs/README.md "$(repeat 31 'x')"
expect_breach 'a README of 31 lines' 'more than 30'
rm "$tree/api/README.md"
expect_breach 'a folder without README' 'api: wants a README.md'
put api/route/a.cpp '// TODO: later'
expect_breach 'a TODO' 'finish it'
put core/x.cpp '#include MACRO'
expect_breach 'a computed include' 'cannot be checked'

echo "$planted planted, $missed not caught"
[ "$missed" -eq 0 ]
