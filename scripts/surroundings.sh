# shellcheck shell=bash
# What ./dev and manage.sh do for somebody who has neither root nor a nats-server. Sourced; `root` is the checkout.
servers=${UNIFIED_TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/unified-nats/servers}

# is_set NAME: by the environment, or by .env in the working directory.
is_set() { [[ -n ${!1:-} ]] || grep -qsE "^[[:space:]]*(export[[:space:]]+)?$1=." .env; }

# Without root there may be no /data: then the store is in the current folder, unless somebody said where.
choose_store() {
  ! is_set JETSTREAM_STORE_DIR || return 0
  ! mkdir -p /data/jetstream 2>/dev/null || [[ ! -w /data/jetstream ]] || return 0
  export JETSTREAM_STORE_DIR=$PWD/data/jetstream
  echo "/data/jetstream is not ours to write: storing in $JETSTREAM_STORE_DIR" >&2
}

# fetched_server SUITE: where tests/support/fetch_servers puts one.
fetched_server() { echo "$servers/$1/nats-server"; }

needs_server() { ! is_set NATS_SERVER_BIN && ! command -v nats-server >/dev/null; }
