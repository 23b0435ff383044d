#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Finds out what a build needs and this machine lacks, says so and installs it where it may, and
# makes .venv with the tools of requirements-dev.txt. Quiet, quick and content without root when
# nothing is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-python3}
cc=${CC:-cc}
stamp=.venv/.bootstrapped

say() {
    printf 'bootstrap: %s\n' "$*"
}

die() {
    say "$@" >&2
    exit 1
}

has_header() {
    printf '#include <%s>\n' "$1" | "$cc" -E -x c -o /dev/null - 2>/dev/null
}

# One word for each thing that $python cannot do.
python_lacks() {
    "$python" - <<'END'
import importlib.util, os, socket, sys, sysconfig

if sys.version_info < (3, 11):
    print("version")
if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
    print("venv")
if not os.path.exists(os.path.join(sysconfig.get_config_var("INCLUDEPY") or "", "Python.h")):
    print("headers")
try:
    socket.getprotobyname("tcp")
except OSError:
    print("protocols")
END
}

need() { # PACKAGE REASON
    packages+=("$1")
    reasons+=("$2")
}

look_for_python() {
    local lacks name
    if ! command -v "$python" >/dev/null; then
        [ "$python" = python3 ] || die "PYTHON=$python: there is no such program"
        need python3 "Python 3.11 or newer"
        need python3-venv "Python's venv module"
        need python3-dev "Python's headers"
        extras+=(netbase)
        return
    fi
    lacks=" $(python_lacks | tr '\n' ' ') " || die "$python does not work"
    case $lacks in
    *" version "*)
        die "Python 3.11 or newer is needed, $python is $("$python" -V 2>&1);" \
            "name another with PYTHON="
        ;;
    esac
    case $lacks in
    *" venv "* | *" headers "*)
        "$python" -c 'import sys; sys.exit(sys.base_prefix != "/usr")' ||
            die "$python ($("$python" -V 2>&1)) lacks:$lacks- name another with PYTHON="
        ;;
    esac
    name=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    case $lacks in *" venv "*) need "$name-venv" "Python's venv module" ;; esac
    case $lacks in *" headers "*) need "$name-dev" "Python's headers" ;; esac
    case $lacks in *" protocols "*) extras+=(netbase) ;; esac
}

# Fills packages and reasons (needed), and extras (good to have).
look() {
    packages=()
    reasons=()
    extras=()
    if ! echo 'int main(void) { return 0; }' | "$cc" -x c -o /dev/null - 2>/dev/null; then
        need gcc "a C compiler ($cc)"
        need libc6-dev "the C library's headers"
    fi
    command -v make >/dev/null || need make "make"
    command -v pkg-config >/dev/null || need pkg-config "pkg-config"
    has_header zlib.h || need zlib1g-dev "zlib's headers"
    has_header libdeflate.h || extras+=(libdeflate-dev)
    has_header pcap/pcap.h || extras+=(libpcap-dev)
    has_header zmq.h || extras+=(libzmq3-dev)
    has_header librdkafka/rdkafka.h || extras+=(librdkafka-dev)
    look_for_python
}

may_install() {
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then
        as_root=()
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        return 1
    fi
}

apt_install() {
    say "installing with apt-get: $*"
    "${as_root[@]}" apt-get update -qq >/dev/null &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing_text() {
    local text
    printf -v text '%s, ' "${reasons[@]}"
    printf '%s' "${text%, }"
}

install_missing() {
    if [ ${#packages[@]} -gt 0 ]; then
        say "missing: $(missing_text)"
        if ! may_install; then
            die "install that first; on Debian and Ubuntu: sudo apt-get install ${packages[*]}"
        fi
        apt_install "${packages[@]}" || die "apt-get could not install: ${packages[*]}"
    fi
    if [ ${#extras[@]} -gt 0 ] && may_install; then
        apt_install "${extras[@]}" || say "going on without: ${extras[*]}"
    fi
    look
    [ ${#packages[@]} -eq 0 ] || die "still missing: $(missing_text)"
}

# What .venv was made from: another Python, other requirements or another place make it anew.
venv_identity() {
    "$python" -c 'import sys; print(sys.base_prefix, sys.version.split()[0])'
    cksum <requirements-dev.txt
    pwd
}

look
if [ ${#packages[@]} -gt 0 ] || { [ ${#extras[@]} -gt 0 ] && [ ! -e "$stamp" ]; }; then
    install_missing
fi
identity=$(venv_identity)
if [ ! -x .venv/bin/python ] || [ "$(cat "$stamp" 2>/dev/null)" != "$identity" ]; then
    say "making .venv with the tools of requirements-dev.txt"
    "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
    printf '%s\n' "$identity" >"$stamp"
fi
