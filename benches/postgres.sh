#!/usr/bin/env bash
# A PostgreSQL of this machine's packages, for benchmarks: port and data of its own.
#
#   benches/postgres.sh start          starts it and prints variables for `eval`
#   benches/postgres.sh stop FOLDER    stops it and removes the folder
#
# Memory and planning are set as for a server of its own; what is written need not survive a crash.
set -euo pipefail

# The server refuses to run as root.
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

newest() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

case "${1:-}" in
start)
    if [ -z "$(newest)" ] && [ "$(id -u)" = 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y postgresql >/dev/null
    fi
    bin=$(newest)
    [ -n "$bin" ] || { echo "install the package postgresql first" >&2; exit 1; }
    folder=$(mktemp -d -t onefold-bench-postgres-XXXXXX)
    echo bench >"$folder/password"
    if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    memory=$(awk '/MemTotal/ { print int($2 / 4096) }' /proc/meminfo)
    as "$bin/initdb" --pgdata "$folder/data" --username bench --pwfile "$folder/password" --auth scram-sha-256 \
        --encoding UTF8 --locale C.UTF-8 --no-sync >"$folder/init.log"
    as "$bin/pg_ctl" start --pgdata "$folder/data" --log "$folder/log" --wait --silent --options "-p $port \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c shared_buffers=${memory}MB \
        -c effective_cache_size=$((memory * 2))MB -c work_mem=64MB -c random_page_cost=1.1 -c max_wal_size=8GB \
        -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    echo "export BENCH_POSTGRES=postgres://bench:bench@127.0.0.1:$port/postgres"
    echo "export BENCH_POSTGRES_FOLDER=$folder"
    ;;
stop)
    read -r pid <"$2/data/postmaster.pid"
    kill -INT "$pid"
    for _ in $(seq 100); do
        [ -f "$2/data/postmaster.pid" ] || break
        sleep 0.1
    done
    rm -rf "$2"
    ;;
*)
    echo "usage: benches/postgres.sh start | stop FOLDER" >&2
    exit 2
    ;;
esac
