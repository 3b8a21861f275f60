#!/bin/sh
# count_tests.sh RESULTS : a table of test cases by pass, the failed ones by name, and as last line
# "N passed, N failed" (", N skipped" when there are any). Exit 1 when one failed or none ran.
#
# RESULTS holds a folder PASS-PART for each ctest call: ctest.xml (its JUnit report), for each
# GoogleTest program NAME.xml with its cases, for a script that counts its own NAME.cases with lines
# "passed|failed|skipped CASE", and cases.txt with such lines for checks outside ctest.
# A ctest entry without a report of its own counts as one case; one that fails although its report
# shows no failure (a crash, a leak found at exit) adds one.
set -eu

results=$1


# Lines "outcome name" for the cases of one GoogleTest report.
gtest_cases() {
    awk -v program="$2" '
        function get(key) { return match($0, " " key "=\"[^\"]*\"") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4) : "" }
        function flush() { if (name != "") print outcome, program ":" name; name = "" }
        /^ *<testcase / { flush()
            name = get("classname") "." get("name")
            outcome = get("result") == "skipped" ? "skipped" : (get("status") == "notrun" ? "disabled" : "passed") }
        /^ *<failure / { outcome = "failed" }
        END { flush() }' "$1"
}

# Lines "status name" for the entries of one ctest report.
ctest_entries() {
    awk '
        function get(key) { return match($0, " " key "=\"[^\"]*\"") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4) : "" }
        /^[ \t]*<testcase / { print get("status"), get("name") }' "$1"
}

# What the program behind an entry reported itself; nothing if it did not.
reported_cases() { # FOLDER NAME
    if [ -f "$1/$2.xml" ]; then
        gtest_cases "$1/$2.xml" "$2"
    elif [ -f "$1/$2.cases" ]; then
        awk -v program="$2" '{ outcome = $1; sub(/^[a-z]+ +/, ""); gsub(/[ \t]+/, "_"); print outcome, program ":" $0 }' "$1/$2.cases"
    fi
}

# An entry of ctest, seen together with what its program reported.
entry_cases() { # FOLDER STATUS NAME
    cases=$(reported_cases "$1" "$3")
    if [ -n "$cases" ]; then
        printf '%s\n' "$cases"
        if [ "$2" = fail ] && ! printf '%s\n' "$cases" | grep -q '^failed '; then
            echo "failed $3:at-exit"
        fi
        return
    fi
    case $2 in
        run) echo "passed $3" ;;
        fail) echo "failed $3" ;;
        *) echo "skipped $3" ;;
    esac
}

folder_cases() {
    if [ -f "$1/ctest.xml" ]; then
        ctest_entries "$1/ctest.xml" | while read -r status name; do
            entry_cases "$1" "$status" "$name"
        done
    fi
    [ ! -f "$1/cases.txt" ] || cat "$1/cases.txt"
}

all_cases() { # lines "pass outcome name"
    for folder in "$results"/*-*/; do
        [ -d "$folder" ] || continue
        pass=$(basename "$folder")
        pass=${pass%%-*}
        folder_cases "${folder%/}" | sed "s/^/$pass /"
    done
}

table=$results/cases.tsv
all_cases >"$table"

awk '
    !($1 in seen) { seen[$1] = 1; pass[++passes] = $1 }
    { n[$1 " " $2]++; total[$2]++ }
    $2 == "failed" { bad = bad "\n  " $1 ": " $3 }
    $2 == "skipped" { left = left "\n  " $1 ": " $3 }
    END {
        if (left) print "\nskipped (each says why in its output):" left
        if (bad) print "\nfailed:" bad
        printf "\n%-10s %8s %8s %8s\n", "pass", "passed", "failed", "skipped"
        for (i = 1; i <= passes; i++) {
            p = pass[i]
            printf "%-10s %8d %8d %8d\n", p, n[p " passed"], n[p " failed"], n[p " skipped"]
        }
        printf "\n%d passed, %d failed%s\n", total["passed"], total["failed"], \
            total["skipped"] ? ", " total["skipped"] " skipped" : ""
        exit total["failed"] > 0 || total["passed"] == 0
    }' "$table"
