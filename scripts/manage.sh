#!/usr/bin/env bash
# manage.sh VERB: the broker without a container, in the current folder with its .env.
#   install-deps         packages, build and nats-server: what ./dev installs (once)
#   init                 folders, check of the configuration, nats.conf (before start)
#   start | stop | restart | reload
#   status               what it is doing (exit 0 running, 3 stopped, 4 unknown)
#   health [CHECK]       exit 0 healthy, 1 not; CHECK as in health_check.sh
#   logs                 follow the logs
#   clean                remove what an ended broker left in RUN_DIR; never the store
#   help
# Example: ./scripts/manage.sh install-deps && ./scripts/manage.sh init && ./scripts/manage.sh start
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
# shellcheck source=scripts/surroundings.sh
. "$root/scripts/surroundings.sh"
log=logs/unified-nats.log

say() { echo "manage.sh: $*" >&2; }
give_up() { say "$2"; exit "$1"; }

find_program() {
  local candidate
  program=${UNIFIED_ENTRYPOINT:-}
  for candidate in "$root/build/release/bin/unified_entrypoint" "$(command -v unified_entrypoint || true)"; do
    [[ -n $program || ! -x $candidate ]] || program=$candidate
  done
  [[ -n $program ]] || give_up 69 "unified_entrypoint is not built: ./scripts/manage.sh install-deps builds it, or UNIFIED_ENTRYPOINT names one"
}

# For a start: the server and the store that ./dev would take.
choose_surroundings() {
  local suite
  suite=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")
  if needs_server && [[ -x $(fetched_server "$suite") ]]; then
    NATS_SERVER_BIN=$(fetched_server "$suite")
    export NATS_SERVER_BIN
  fi
  choose_store
}

# Settings that can't be read must never end as those of another broker in the usual place.
read_settings() {
  settings=$("$program" config) || give_up $? "nothing was done: the configuration in $PWD can't be read, see above"
}

# setting NAME: its effective value.
setting() { sed -nE "s/^$1=(.*[^ ]) +# .*/\1/p" <<<"$settings"; }

init() {
  local folder
  for folder in "$(setting JETSTREAM_STORE_DIR)" logs; do
    [[ -z $folder ]] || mkdir -p "$folder"
  done
  "$program" validate
  folder=$(setting NATS_CONFIG_FILE)
  [[ -z $folder ]] || "$program" render --output "$folder"
}

logs() {
  local file files=()
  for file in "$log" "$(setting NATS_LOG_FILE)"; do
    [[ ! -r $file ]] || files+=("$file")
  done
  ((${#files[@]})) || give_up 1 "no log yet: neither $log here nor NATS_LOG_FILE exists"
  exec tail -n 100 -F "${files[@]}"
}

verb=${1:-help}
shift || true
case $verb in
  install-deps) exec "$root/dev" deps ;;
  init) find_program; choose_surroundings; read_settings; init ;;
  start | restart) find_program; choose_surroundings; read_settings; exec "$program" "$verb" "$@" ;;
  logs) find_program; read_settings; logs ;;
  stop | reload | clean | wait) find_program; read_settings; exec "$program" "$verb" "$@" ;;
  status | health) find_program; exec "$program" "$verb" "$@" ;;
  help | -h | --help) sed -n '2,11s/^# \?//p' "$0" ;;
  *) sed -n '2,11s/^# \?//p' "$0" >&2; give_up 64 "there is no verb $verb" ;;
esac
