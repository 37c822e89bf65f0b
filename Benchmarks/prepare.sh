# shellcheck shell=bash
# What the benchmarks share: a Python with the peers and our side as one program. Sourced by their `run`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
if [ ! -x "$python" ]; then
    echo "The peers need the Python packages of the tests: run scripts/test once, or name an interpreter with PYTHON." >&2
    exit 1
fi

# build_bench sets `bench` to the program, built in the release configuration unless BENCH_BIN names one.
build_bench() {
    bench=${BENCH_BIN:-}
    if [ -z "$bench" ]; then
        swift build --package-path "$root/Benchmarks" -c release --product gatehouse-bench >&2
        bench=$(swift build --package-path "$root/Benchmarks" -c release --show-bin-path)/gatehouse-bench
    fi
}

# Peers that wait for work should not burn the processor meanwhile: their CPU seconds are compared.
export OMP_WAIT_POLICY=passive
PYTHONPATH=$root/Benchmarks${PYTHONPATH:+:$PYTHONPATH}
export PYTHONPATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
