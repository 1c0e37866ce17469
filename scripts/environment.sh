# Sourced by the scripts: makes .venv once per set of constraints, and puts it first on the PATH.
environment=.venv
stamp="$environment/.installed"
wanted=$(cat pyproject.toml constraints.txt | sha256sum)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
  python=${PYTHON:-python3}
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed" >&2; exit 1; }
  "$python" -m venv "$environment"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,dask]"
  echo "$wanted" > "$stamp"
fi
export PATH="$PWD/$environment/bin:$PATH"
