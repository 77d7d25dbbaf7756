#!/usr/bin/env bash
# Runs the tests of an unpacked Dojima package and prints one summary, whose last line reads `N passed, N failed, N skipped`.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
export DOJIMA_DATA=$root/data DOJIMA_PROGRAM=$root/bin/dojima
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0 skipped=0
tally() { # tally STATUS: one check that is not a GoogleTest executable; 77 means skipped
  case $1 in 0) passed=$((passed + 1)) ;; 77) skipped=$((skipped + 1)) ;; *) failed=$((failed + 1)) ;; esac
}
count() { sed -n "s/^\[  $1 *\] \([0-9]*\) tests\{0,1\}[.,].*/\1/p" "$work/log" | tail -n 1; }

for test in "$root"/tests/dojima_test_*; do
  echo "== ${test##*/}"
  "$test" 2>&1 | tee "$work/log" | grep -Ev '^\[( RUN  |       OK|-----)'
  status=${PIPESTATUS[0]}
  case_failures=$(count FAILED)
  passed=$((passed + $(count PASSED || true) + 0))
  skipped=$((skipped + $(count SKIPPED) + 0))
  failed=$((failed + case_failures + 0))
  if [ "$status" -ne 0 ] && [ -z "$case_failures" ]; then tally "$status"; fi # a crash
done

echo "== report"
"$root/bin/dojima" risk --portfolio "$DOJIMA_DATA/portfolio.csv" --market "$DOJIMA_DATA/market" \
  --config "$DOJIMA_DATA/risk.toml" --out "$work/report" --quiet
tally $?
if command -v python3 >/dev/null; then
  python3 "$root/tests/browser/report_test.py" "$work/report/report.html" "$work/report/report.json"
  tally $?
else
  echo "skipped: python3 is missing"
  tally 77
fi

echo "== validate"
"$root/bin/dojima" validate --out "$work/validation"
tally $?

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
