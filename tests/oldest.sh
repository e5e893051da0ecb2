#!/usr/bin/env bash
# The unit tests of the plugins with the oldest Python and libraries that they support, where that Python is installed.
# Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
environment=.build/oldest

find_python() {
    for candidate in python3.9 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.9.*/bin/python3.9; do
        if "$candidate" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

if [[ tests/requirements-oldest.txt -nt $environment/ready ]]; then
    python=$(find_python) || { echo "oldest: no Python 3.9 here, left out"; exit 0; }
    echo "oldest: virtual environment in $environment"
    "$python" -m venv --clear "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/requirements-oldest.txt 2>.build/logs/pip \
        || { cat .build/logs/pip >&2; echo "oldest: pip could not install tests/requirements-oldest.txt" >&2; exit 1; }
    # As on a managed host, where the module brings its part of a newer Ansible with it.
    ln -sfn "$PWD"/.build/venv/lib/python3.11/site-packages/ansible "$environment/lib/python3.9/site-packages/ansible"
    touch "$environment/ready"
fi

# The warnings of old libraries about themselves are not ours to mend. Filters, actions and what these share run in Ansible's own Python.
exec "$environment/bin/python" -m pytest -q -W default --disable-warnings \
    --ignore=tests/unit/plugins/filter --ignore=tests/unit/plugins/action --ignore=tests/unit/plugins/plugin_utils "$@" tests/unit/plugins
