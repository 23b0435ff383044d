#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All tests. Every step is announced by a line and runs whatever became of the steps before it; the
# last line tells how many tests passed and failed. NMSG_GOLDEN names the folder of golden files for
# the tests that compare with them; NMSG_WERROR=1 makes compiler warnings errors.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
if ! scripts/build.sh; then
    echo "== FAILED: build"
    echo "0 passed, 1 failed"
    exit 1
fi
. scripts/lib.sh

results=$PWD/build/results
rm -rf "$results"
mkdir -p "$results"

# The sanitizers' shadow memory and far-reaching address randomisation get in each other's way.
if setarch "$(uname -m)" -R true 2>/dev/null; then
    fixed_addresses=(setarch "$(uname -m)" -R)
else
    fixed_addresses=()
fi
launcher=()

# step NAME TITLE COMMAND...  The command leaves its results in $results/NAME.xml.
step() {
    local name=$1 title=$2 status=0
    shift 2
    printf '== %s\n' "$title"
    "$@" || status=$?
    [ "$status" -eq 0 ] || printf '== FAILED: %s\n' "$title"
    echo "$status" >"$results/$name.status"
}

# c_tests NAME SUITE OPTION...  Unit tests and fuzz seeds in a build of their own; SUITE "" is all.
c_tests() {
    local name=$1 suite=$2 folder=build/$1 status=0
    shift 2
    configure "$folder" -Dpython=false "$@" || return 1
    ninja -C "$folder" --quiet || return 1
    rm -f "$folder/meson-logs/testlog.junit.xml"
    "${launcher[@]}" meson test -C "$folder" --no-rebuild --quiet --print-errorlogs \
        --timeout-multiplier 4 ${suite:+--suite "$suite"} || status=1
    cp "$folder/meson-logs/testlog.junit.xml" "$results/$name.xml" || status=1
    return "$status"
}

# sanitizer_works NAME  Can this compiler make a program with it, and does that start?
sanitizer_works() {
    local probe=build/probe
    if ! echo 'int main(void) { return 0; }' | "${CC:-cc}" -fsanitize="$1" -x c -o "$probe" - ||
        ! "${fixed_addresses[@]}" "$probe"; then
        echo "skipped: -fsanitize=$1 does not work here"
        return 1
    fi 2>/dev/null
}

# With checks built in, gcc no longer sees that a conversion is harmless; the other builds warn.
sanitizer_flags='-Dc_args=-fno-sanitize-recover=all -Wno-conversion'

sanitized_c_tests() { # NAME SUITE SANITIZER
    local launcher=("${fixed_addresses[@]}")
    sanitizer_works "$3" || return 0
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 NMSG_SANITIZED=1 \
        c_tests "$1" "$2" -Dbuildtype=debugoptimized -Db_sanitize="$3" -Db_lundef=false \
        "$sanitizer_flags"
}

python_tests() {
    timeout -k 10 900 pytest -q --junitxml="$results/pytest.xml" tests/python
}

# The extension with both sanitizers, in a folder that goes before the installed one. Python itself
# is not built with them, so the run-times come first by LD_PRELOAD, and leaks have their own tests.
sanitized_python_tests() {
    local folder=build/sanitize-python prefix=$PWD/build/sanitize-python/root preload=() library
    sanitizer_works address,undefined || return 0
    for library in libasan.so libubsan.so; do
        library=$("${CC:-cc}" -print-file-name="$library")
        case $library in
        /*) preload+=("$library") ;;
        *)
            echo "skipped: $library is not at hand"
            return 0
            ;;
        esac
    done
    configure "$folder" --prefix="$prefix" -Dpython.platlibdir="$prefix/site" \
        -Dpython.purelibdir="$prefix/site" -Dtests=false -Dbuildtype=debugoptimized \
        -Db_sanitize=address,undefined -Db_lundef=false "$sanitizer_flags" || return 1
    ninja -C "$folder" --quiet || return 1
    meson install -C "$folder" --no-rebuild --quiet || return 1
    # Captured by pytest, a report would die with the process: hence --capture=sys.
    timeout -k 10 900 "${fixed_addresses[@]}" env LD_PRELOAD="${preload[*]}" \
        ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc \
        PYTHONPATH="$prefix/site" NMSG_SANITIZED=1 pytest -q --capture=sys -m "not slow" \
        --junitxml="$results/pytest-sanitized.xml" tests/python
}

# Against a broker; without one that is said, and no failure.
kafka_tests() {
    local status=0
    scripts/test-kafka.sh --junitxml="$results/kafka.xml" || status=$?
    [ "$status" -eq 77 ] || return "$status"
}

warnings=()
[ "${NMSG_WERROR:-0}" = 0 ] || warnings=(-Dwerror=true)

step release "C tests" c_tests release "" "${warnings[@]}"
step bare "C tests, without optional libraries" c_tests bare "" -Dlibdeflate=disabled \
    -Dpcap=disabled -Dzmq=disabled -Dkafka=disabled "${warnings[@]}"
step sanitize "C tests, address and undefined-behaviour sanitizer" \
    sanitized_c_tests sanitize "" address,undefined
step tsan "C tests with threads, thread sanitizer" sanitized_c_tests tsan threads thread
step pytest "Python tests" python_tests
step kafka "Tests against a broker of Kafka" kafka_tests
step pytest-sanitized "Python tests, address and undefined-behaviour sanitizer" \
    sanitized_python_tests
exec python scripts/count_results.py "$results"
