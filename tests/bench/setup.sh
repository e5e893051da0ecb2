#!/usr/bin/env bash
# Makes .build/bench/: a virtual environment with the peers, and lego.
set -euo pipefail
cd "$(dirname "$0")/../.."

echo "bench: installing the peers into .build/bench (a minute)"
mkdir -p .build/bench .build/logs
[[ -x .build/bench/venv/bin/pip ]] || .build/venv/bin/python -m venv --clear .build/bench/venv
.build/bench/venv/bin/python -m pip install --quiet --disable-pip-version-check -r tests/bench/requirements.txt 2>.build/logs/bench-pip \
    || { cat .build/logs/bench-pip >&2; echo "bench: pip could not install tests/bench/requirements.txt" >&2; exit 1; }
tests/bench/fetch-lego .build/bench/lego
touch .build/bench/ready
