#!/usr/bin/env bash
# health_check.sh [quick|full|connectivity|http|jetstream|stream|datatypes|storage|supervisor]
# Exit 0 healthy, 1 not; the default is full. The broker's own check: `unified_entrypoint health`.
set -euo pipefail
exec "$(dirname "$(readlink -f "$0")")/manage.sh" health "$@"
