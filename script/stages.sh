# The stages of script/test, one function each. Each runs in a subshell under `set -e`; what it prints is its log.
# Python is Debian's: its pytest is the one that script/setup installed.
python=/usr/bin/python3
jobs=$(nproc)

# count_tests <LOG: "passed failed skipped", read from what GoogleTest, pytest and our own loops print.
count_tests() {
  awk '
    /^\[  PASSED  \] [0-9]+ tests?\./ { passed += $4 }
    /^\[  FAILED  \] [0-9]+ tests?, listed below/ { failed += $4 }
    /^\[  SKIPPED \] [0-9]+ tests?, listed below/ { skipped += $4 }
    /^COUNT / { passed += $2; failed += $3; skipped += $4 }
    /^(=+ )?([0-9]+ [a-z]+(, )?)+ in [0-9.]+s/ {
      for (i = 1; i < NF; i++) {
        word = $(i + 1); sub(/,$/, "", word)
        if (word == "passed") passed += $i
        if (word ~ /^(failed|errors?)$/) failed += $i
        if (word == "skipped") skipped += $i
      }
    }
    END { printf "%d %d %d\n", passed, failed, skipped }'
}

configure() {  # PRESET
  cmake --preset "$1" >/dev/null
}

# run_binaries FOLDER [PREFIX...]: every unit and actor test binary there; PREFIX is a command before each.
run_binaries() {
  local folder=$1 binary status=0 any=
  shift
  for binary in "$folder"/unit_* "$folder"/actor_tests; do
    if [ ! -f "$binary" ] || [ ! -x "$binary" ]; then continue; fi
    any=yes
    echo "-- $binary"
    # Each test gets a fixed time: one that hangs is a failure, not the end of the suite.
    # To a file, not a pipe: a process that a test left behind would hold a pipe open for ever.
    timeout 600 "$@" "$binary" --gtest_brief=1 >"$binary.log" 2>&1 || any=failed
    cat "$binary.log"
    if [ "$any" = failed ]; then
      any=yes status=1
      grep -q '^\[  FAILED  \]' "$binary.log" || { echo "$binary died"; echo "COUNT 0 1 0"; }
    fi
  done
  [ -n "$any" ] || { echo "no test binary in $folder"; return 1; }
  return $status
}

run_pytest() {  # FOLDER...
  # Exit code 5 means that no test was found, and is a failure here.
  (cd tests && timeout 2400 "$python" -m pytest -q "$@")
}

stage_setup() {
  script/setup --tests
}

stage_tidy() {
  run_pytest tidy
}

stage_release() {
  configure release
  ninja -C build/release -j"$jobs"
  run_binaries build/release/tests
}

# Whole meshes in virtual time.
stage_sim() {
  configure release
  ninja -C build/release -j"$jobs" sim
  timeout 600 build/release/tests/sim --gtest_brief=1
}

# The volumes that the issue asks for: 2,000 seeds of 7 nodes and 20 of 1,000, random faults of every kind.
stage_sim_long() {
  configure release
  ninja -C build/release -j"$jobs" sim
  timeout 7200 build/release/tests/sim --table --long S | tee build/test/sim_long.rows || true
  awk -F'|' 'NF > 7 && $2 !~ /ID|---/ { if ($7 ~ /yes/) ok++; else bad++ } END { printf "COUNT %d %d 0\n", ok, bad; exit bad > 0 || ok != 2 }' build/test/sim_long.rows
}

# Many real processes: fifty nodes, and twelve against the simulator.
stage_scale() {
  configure release
  ninja -C build/release -j"$jobs" edgemesh sim
  run_pytest -s scale
}

stage_integration() {
  configure release
  ninja -C build/release -j"$jobs" edgemesh
  run_pytest integration
}

# Several nodes in one mesh, on the loopback addresses of one machine.
stage_cluster() {
  configure release
  ninja -C build/release -j"$jobs" edgemesh
  run_pytest cluster --ignore=cluster/test_versions.py
}

# A mesh of this build and one that plays the next version of the wire.
stage_versions() {
  configure release
  ninja -C build/release -j"$jobs" edgemesh
  script/wire-next
  run_pytest cluster/test_versions.py
}

stage_real() {
  if [ "$(id -u)" = 0 ]; then script/prefix forky; fi
  if command -v go >/dev/null; then script/prefix ollama || true; fi
  run_pytest real
}

stage_sdk() {
  if [ "$(id -u)" = 0 ]; then script/prefix forky; fi
  if command -v npm >/dev/null; then script/prefix node-sdk; fi
  local status=0
  script/prefix python-sdk
  python=$PWD/build/prefix/python-sdk/bin/python run_pytest sdk --ignore=sdk/test_llamaindex_python.py || status=1
  script/prefix python-llamaindex
  python=$PWD/build/prefix/python-llamaindex/bin/python run_pytest sdk/test_llamaindex_python.py || status=1
  return $status
}

sanitizer_options() {
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=1
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
  export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19 TSAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
}

stage_asan() {
  configure asan
  # Everything but the program itself, which the long suite builds.
  ninja -C build/asan -j"$jobs" tests/all
  sanitizer_options
  run_binaries build/asan/tests
}

# ThreadSanitizer wants the address space as it expects it.
fixed_addresses() {
  if setarch "$(uname -m)" -R true 2>/dev/null; then echo setarch "$(uname -m)" -R; else echo env; fi
}

stage_tsan() {
  script/prefix caf-tsan
  configure tsan
  ninja -C build/tsan -j"$jobs" unit_net unit_http actor_tests
  sanitizer_options
  LD_LIBRARY_PATH=$PWD/build/prefix/caf-tsan/lib run_binaries build/tsan/tests $(fixed_addresses)
}

stage_fuzz() {
  local target name found passed=0 broken=0 seconds=${fuzz_seconds:-20}
  configure fuzz
  ninja -C build/fuzz -j"$jobs" $(cd tests/fuzz && ls ./*_fuzz.cpp | sed 's|^\./||; s|\.cpp$||')
  sanitizer_options
  for target in build/fuzz/tests/*_fuzz; do
    name=$(basename "$target")
    found=build/fuzz/corpus/$name
    mkdir -p "$found" build/fuzz/findings
    echo "-- $name for $seconds s"
    seeds=()
    if [ -d "tests/fuzz/corpus/$name" ]; then seeds=("tests/fuzz/corpus/$name"); fi
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
         -artifact_prefix=build/fuzz/findings/ "$found" "${seeds[@]}" 2>&1 | tail -n 30; then
      passed=$((passed + 1))
    else
      broken=$((broken + 1))
    fi
  done
  echo "COUNT $passed $broken 0"
  [ "$passed" -gt 0 ] && [ "$broken" = 0 ]
}

stage_asan_integration() {
  configure asan
  ninja -C build/asan -j"$jobs" edgemesh
  sanitizer_options
  EDGEMESH_BIN=$PWD/build/asan/edgemesh EDGEMESH_SLOWDOWN=5 run_pytest integration
}

stage_tsan_integration() {
  script/prefix caf-tsan
  configure tsan
  ninja -C build/tsan -j"$jobs" edgemesh
  sanitizer_options
  LD_LIBRARY_PATH=$PWD/build/prefix/caf-tsan/lib EDGEMESH_BIN=$PWD/build/tsan/edgemesh EDGEMESH_SLOWDOWN=10 \
    $(fixed_addresses) bash -c 'cd tests && timeout 3600 /usr/bin/python3 -m pytest -q integration'
}

stage_soak() {
  configure release
  ninja -C build/release -j"$jobs" edgemesh
  run_pytest soak
}

stage_cross() {
  script/setup --cross
  script/cross
}
