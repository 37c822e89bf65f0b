# shellcheck shell=bash
# What the scripts share. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

say() { printf '\n== %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# wanted_packages PACKAGE FILE ... prints the Debian packages whose file is missing. Looking for the file and not for the
# package keeps this right where a library came another way.
wanted_packages() {
    while [ $# -gt 0 ]; do
        compgen -G "$2" >/dev/null || printf '%s ' "$1"
        shift 2
    done
}

# What the build links against.
# shellcheck disable=SC2034
build_packages=(
    libpq-dev '/usr/include/postgresql/libpq-fe.h'
    libsqlite3-dev '/usr/include/sqlite3.h'
    zlib1g-dev '/usr/include/zlib.h'
)

# need_system_packages PACKAGE FILE ... installs those that are missing, or prints the line that does and stops.
need_system_packages() {
    local missing install
    missing=$(wanted_packages "$@")
    missing=${missing% }
    if [ -z "$missing" ]; then return; fi
    command -v apt-get >/dev/null ||
        fail "missing: $missing" "Install these Debian packages' equivalents with your system's package manager."
    install="apt-get install -y --no-install-recommends $missing"
    say "Installing $missing"
    # Word splitting of the package list is wanted.
    # shellcheck disable=SC2086
    if [ "$(id -u)" -eq 0 ]; then
        apt-get update -q >&2
        DEBIAN_FRONTEND=noninteractive $install >&2
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo apt-get update -q >&2
        sudo DEBIAN_FRONTEND=noninteractive $install >&2
    else
        fail "these packages are missing and this user may not install them" "run: sudo $install"
    fi
}

# Options of every debug build. In continuous integration nobody edits what was built: each module compiled in one piece,
# instead of in parts that can be built again, takes a third less time. The index stays: SwiftPM finds tests by it.
# shellcheck disable=SC2034
build_options=()
if [ "${CI:-}" = true ]; then
    # shellcheck disable=SC2034
    build_options=(-Xswiftc -whole-module-optimization -Xswiftc -num-threads -Xswiftc 2)
fi

need_swift() {
    command -v swift >/dev/null || fail "no Swift compiler found" "Swift 6.3 or newer: https://www.swift.org/install/linux/"
}
