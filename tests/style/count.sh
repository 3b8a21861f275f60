#!/bin/sh
# scripts/count_tests.sh must not lose a failure: known reports in, known counts out.
set -eu
folder=$(mktemp -d "${TMPDIR:-/tmp}/potd-count.XXXXXX")
trap 'rm -rf -- "$folder"' EXIT
part=$folder/release-quick
mkdir "$part"

cat >"$part/ctest.xml" <<'XML'
<testsuite name="x" tests="6">
	<testcase name="good" classname="good" time="0" status="run">
		<system-out>&lt;testcase name="not a case" status="fail"</system-out>
	</testcase>
	<testcase name="bad" classname="bad" time="0" status="fail">
	<testcase name="crashed" classname="crashed" time="0" status="fail">
	<testcase name="late" classname="late" time="0" status="fail">
	<testcase name="script" classname="script" time="0" status="run"/>
	<testcase name="left_out" classname="left_out" time="0" status="notrun">
	<testcase name="counts_itself" classname="counts_itself" time="0" status="run"/>
</testsuite>
XML
cat >"$part/good.xml" <<'XML'
    <testcase name="One" status="run" result="completed" time="0." classname="A" />
    <testcase name="Two" status="run" result="skipped" time="0." classname="A">
      <skipped message="why"/>
    </testcase>
    <testcase name="DISABLED_Three" status="notrun" result="suppressed" time="0." classname="A" />
XML
cat >"$part/bad.xml" <<'XML'
    <testcase name="One" status="run" result="completed" time="0." classname="B">
      <failure message="first" type=""></failure>
      <failure message="second" type=""></failure>
    </testcase>
    <testcase name="Two" status="run" result="completed" time="0." classname="B" />
XML
cat >"$part/late.xml" <<'XML'
    <testcase name="One" status="run" result="completed" time="0." classname="L" />
XML
printf 'passed first case\nskipped second\n' >"$part/counts_itself.cases"
printf 'failed build\n' >"$part/cases.txt"

# passed: good One, bad Two, late One, script, one of its own; failed: bad One, crashed, late at exit, build
expected='5 passed, 4 failed, 3 skipped'
if said=$("$1/scripts/count_tests.sh" "$folder"); then
    echo "failures must give a failing status"
    exit 1
fi
last=$(printf '%s\n' "$said" | tail -n 1)
[ "$last" = "$expected" ] || { printf 'expected: %s\nlast line: %s\n' "$expected" "$last"; exit 1; }

rm -r "$part"
if "$1/scripts/count_tests.sh" "$folder" >/dev/null; then
    echo "no test at all must be a failure"
    exit 1
fi
