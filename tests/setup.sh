#!/usr/bin/env bash
# Makes .build/: the virtual environment with everything in tests/requirements.txt, and the folder
# in which the checkout is found under its full name, ansible_collections/webpki/acme.
set -euo pipefail
cd "$(dirname "$0")/.."

stop() {
    echo "setup: $*" >&2
    exit 1
}

can() {
    "$1" -c "$2; import sys; sys.exit(sys.version_info[:2] != (3, 11))" 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON:-python3.11}" /usr/bin/python3.11 python3; do
        # Debian has venv without ensurepip, which comes with python3.11-venv.
        if can "$candidate" 'import ensurepip, venv; ensurepip.version()'; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

if ! python=$(find_python); then
    [[ -x /usr/bin/apt-get ]] || stop "no Python 3.11 with venv, and this is not Debian: install one and name it, make PYTHON=/path/to/python3.11"
    [[ $(id -u) -eq 0 ]] || stop "no Python 3.11 with venv: run 'apt-get install python3.11 python3.11-venv' as root, or name one, make PYTHON=/path/to/python3.11"
    echo "setup: installing python3.11 and python3.11-venv with apt"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y python3.11 python3.11-venv; } >/dev/null \
        || stop "apt could not install python3.11-venv: install Python 3.11 with venv and name it, make PYTHON=/path/to/python3.11"
    python=$(find_python) || stop "no Python 3.11 with venv even after installing python3.11-venv"
fi

echo "setup: virtual environment in .build/venv (half a minute)"
mkdir -p .build/logs
can .build/venv/bin/python 'import pip' || "$python" -m venv --clear .build/venv
.build/venv/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt 2>.build/logs/pip \
    || { cat .build/logs/pip >&2; stop "pip could not install tests/requirements.txt"; }

mkdir -p .build/collections/ansible_collections/webpki
ln -sfn ../../../.. .build/collections/ansible_collections/webpki/acme
touch .build/ready
