#!/bin/bash
# Installs Baodao, the plugins of this folder and one that `baodao plugin new` writes, by pip into a fresh environment, and tests
# them there, as their authors would. `make test-plugins` runs it. The packages are those of the lock files.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d /tmp/bdp.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 711 "$work"  # as root, the database's programs run under another account
# Nothing of the checkout, of another environment or of this machine's service may be seen from here.
unset PYTHONPATH VIRTUAL_ENV DATABASE_URL REDIS_URL "${!BAODAO_@}"
# Of the packages only what is imported is compiled, once, where containers forbid bytecode files too.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%4ss  %s\n' "$SECONDS" "$*"; }
pip() { "$python" -m pip --python "$work/env/bin/python" --disable-pip-version-check --quiet "$@"; }

say "a fresh environment with the locked packages"
python=${PYTHON:-$PWD/.venv/bin/python}
"$python" -m venv --without-pip "$work/env"
awk '/^[a-z]/ { take = /^(iniconfig|pytest)==/ } take' requirements-test.lock > "$work/pytest.lock"
pip install --no-compile --require-hashes -r requirements.lock -r "$work/pytest.lock"

say "Baodao and the plugins"
mkdir "$work/source"
cp -R core tenants plugins web migrations setup.cfg pyproject.toml README.md LICENSE "$work/source"  # pip builds in the folder it is given
cp -R examples/*/ "$work"
export PATH="$work/env/bin:$PATH"
pip install --no-compile --no-deps --no-build-isolation "$work/source"
cd "$work"
baodao plugin new newcomer
pip install --no-deps --no-build-isolation -e ./baodao-newcomer ./baodao-weekly-duty

say "a new plugin passes its tests at once, and the kit"
(cd baodao-newcomer && pytest -q && baodao plugin check newcomer)
say "the example passes its tests and the kit"
(cd baodao-weekly-duty && rm -r weekly_duty && pytest -q --conformance)  # what pip installed, not what lies beside the tests
say "done"
