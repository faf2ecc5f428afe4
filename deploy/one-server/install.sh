#!/usr/bin/env bash
# JupyterHub for one class on one server: accounts, environments, exchange, configuration. Run as root in the checkout:
#
#     deploy/one-server/install.sh
#
# Running it again brings everything up to date and deletes nothing. docs/hub.md explains each step.
set -euo pipefail

: "${HUB:=/opt/descent-hub}"                  # environments and configuration; readable by everybody
: "${STATE:=/var/lib/descent-hub}"            # the hub's database and cookies; root only
: "${EXCHANGE:=/srv/nbgrader/exchange}"       # where releases and submissions change hands
: "${COURSE:=descent}"                        # the course's name on the exchange
: "${GRADER:=grader}"                         # the account that owns class and checkout; nobody logs in as it
: "${INSTRUCTORS:=}" "${ASSISTANTS:=}"        # accounts of the teachers, spaces between them
: "${TIMEZONE:=}"                             # of due dates, Europe/Berlin for example; without it this machine's
: "${PORT:=8000}" "${SERVICE_PORT:=9999}"     # of the hub on 127.0.0.1, and of the formgrader behind it
: "${PYTHON:=python3}"                        # 3.11 or newer, that every account can run

here=$(cd "$(dirname "$0")/../.." && pwd)
say() { printf '%s\n' "install: $*" >&2; }

[ "$(id -u)" = 0 ] || { say "run it as root"; exit 2; }
for program in git make npm node tar "$PYTHON"; do
    command -v "$program" >/dev/null || { say "$program is missing (Debian: apt install git make npm python3-venv)"; exit 2; }
done
"$PYTHON" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' || {
    say "$PYTHON must be 3.11 or newer and able to make environments (Debian: apt install python3-venv)"; exit 2; }
[ -z "$TIMEZONE" ] || "$PYTHON" -c 'import sys, zoneinfo; zoneinfo.ZoneInfo(sys.argv[1])' "$TIMEZONE" 2>/dev/null || {
    say "TIMEZONE=$TIMEZONE is no time zone; write it like Europe/Berlin"; exit 2; }
runuser -u nobody -- "$PYTHON" -c '' 2>/dev/null || { say "other accounts cannot run $PYTHON: name another in PYTHON="; exit 2; }

# 1. The account that owns the class and the answers. It has no password, so nobody can log in as it.
id "$GRADER" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$GRADER"
home=$(getent passwd "$GRADER" | cut -d: -f6)
chmod 700 "$home"
checkout=$home/descent
mkdir -p "$checkout"
(cd "$here" && git -c safe.directory="$here" ls-files -z | tar --null --ignore-failed-read -T - -cf - 2>/dev/null) | tar -xf - -C "$checkout"
grep -qs VENV= "$home/.profile" || printf 'export VENV=%s/grader\n' "$HUB" >>"$home/.profile"
chown -R "$GRADER": "$home"

# 2. Environments: one for the hub, one for students without answers and grader, one for the account of the class.
install -d -m 755 "$HUB"
[ -x "$HUB/hub/bin/python" ] || "$PYTHON" -m venv "$HUB/hub"
[ -x "$HUB/student/bin/python" ] || "$PYTHON" -m venv "$HUB/student"
install_into() { "$HUB/$1/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}"; }
install_into hub -r "$here/requirements-hub.txt" -c "$here/requirements.txt"
make --no-print-directory -C "$checkout" PYTHON="$PYTHON" VENV="$HUB/grader" "$HUB/grader/.ready"
install_into grader -r "$here/requirements-hub.txt"
wheel=$(mktemp -d)
trap 'rm -rf "$wheel"' EXIT
(cd "$checkout" && PYTHONPATH=src:. "$HUB/grader/bin/python" -c "
import sys; from pathlib import Path; from autograder.authoring.student_package import build_wheel
build_wheel(Path(sys.argv[1]))" "$wheel")
install_into student -r "$here/requirements.txt" -r "$here/requirements-hub.txt"
install_into student --no-deps --force-reinstall "$wheel"/*.whl
chown -R "$GRADER": "$checkout"

# The class, as `make class` begins it, with the exchange; settings that are there already stay as they are.
if [ ! -e "$home/class/class.toml" ]; then
    (cd "$checkout" && runuser -u "$GRADER" -- env HOME="$home" PYTHONPATH=src:. "$HUB/grader/bin/python" -m autograder.new_class \
        "$home/class" --timezone "$TIMEZONE" --exchange "$COURSE" "$EXCHANGE" >/dev/null)
fi

# 3. Students see assignment list and Validate, and nothing of the grader.
mkdir -p "$HUB/student/etc/jupyter/labconfig" "$HUB/student/etc/jupyter/jupyter_server_config.d"
cp "$here/deploy/one-server/student/page_config.json" "$HUB/student/etc/jupyter/labconfig/"
cp "$here/deploy/one-server/student/zz-students.json" "$HUB/student/etc/jupyter/jupyter_server_config.d/"
cat >"$HUB/student/etc/jupyter/nbgrader_config.py" <<CONFIG
c = get_config()
c.CourseDirectory.course_id = "$COURSE"
c.Exchange.root = "$EXCHANGE"
CONFIG

# 4. The exchange: everybody may write, nobody may delete what is another's.
install -d -m 755 "$(dirname "$EXCHANGE")"
install -d -m 1777 "$EXCHANGE"

# 5. The hub and its proxy.
mkdir -p "$HUB/proxy"
cp "$here/deploy/one-server/package.json" "$HUB/proxy/"
(cd "$HUB/proxy" && npm install --silent --no-audit --no-fund --no-package-lock)
install -d -m 700 "$STATE"
cp "$here/deploy/one-server/jupyterhub_config.py" "$HUB/"
cat >"$HUB/settings.json" <<SETTINGS
{"hub": "$HUB", "state": "$STATE", "course": "$COURSE", "grader": "$GRADER", "home": "$home",
 "instructors": "$INSTRUCTORS", "assistants": "$ASSISTANTS", "port": $PORT, "service_port": $SERVICE_PORT}
SETTINGS
chmod -R go+rX,go-w "$HUB"

say "ready. Start it: $HUB/hub/bin/jupyterhub -f $HUB/jupyterhub_config.py"
say "(for good: cp deploy/one-server/descent-hub.service /etc/systemd/system/ && systemctl enable --now descent-hub)"
