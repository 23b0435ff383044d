#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An Apache Kafka broker for tests: one node (KRaft) on the loopback interface, on a free port, with
# its data below build/kafka.
#
#   fetch    get the archives with Maven, if they are not there; exit status 2: that cannot be done
#   start    start it, with empty data if it is not a restart, and print ADDRESS:PORT
#   kill     end it at once (-9); start then goes on with the same data on the same port
#   stop     end it and remove its data
#   status   print ADDRESS:PORT if it runs
#
# Where openssl is there, the folder of the broker has `secure-address`: there it wants TLS (the
# authority is ca.pem) and SASL (PLAIN, user sensor, password secret).
#
# A broker ends by itself when the process NMSG_KAFKA_OWNER (a number) does, and after an hour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${NMSG_KAFKA_FOLDER:-$PWD/build/kafka}
libs=$PWD/build/kafka-libs
pom=tests/kafka/pom.xml
patience_sec=60
lifetime_sec=3600
login_module=org.apache.kafka.common.security.plain.PlainLoginModule
java=(java -Xms64m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$libs/*")

say() {
    printf 'kafka-broker: %s\n' "$*" >&2
}

is_java_17() {
    local version
    version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1) || return 1
    [ -n "$version" ] && [ "$version" -ge 17 ]
}

# The archives, once for each pom.xml.
fetch() {
    local wanted
    wanted=$(cksum <"$pom")
    if [ "$(cat "$libs/.fetched" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    if ! command -v java >/dev/null || ! is_java_17; then
        say "there is no Java of version 17 or newer"
        return 2
    fi
    if ! command -v mvn >/dev/null; then
        say "there is no Maven (mvn), which fetches the broker's archives"
        return 2
    fi
    rm -rf "$libs"
    mkdir -p "$libs"
    if ! timeout -k 5 300 mvn --batch-mode --quiet --file "$pom" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DoutputDirectory="$libs" >"$libs/fetch.log" 2>&1; then
        say "Maven cannot fetch the archives of $pom; see $libs/fetch.log"
        return 2
    fi
    printf '%s' "$wanted" >"$libs/.fetched"
}

free_ports() { # COUNT
    python3 - "$1" <<'END'
import socket, sys

sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
END
}

is_running() {
    [ -f "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null
}

# One that signs itself, for the listener with TLS and SASL.
make_certificate() {
    command -v openssl >/dev/null || return 1
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$folder/key.pem" -out "$folder/ca.pem" \
        2>"$folder/openssl.log" &&
        cat "$folder/key.pem" "$folder/ca.pem" >"$folder/broker.pem"
}

configure() {
    local ports secure_listener
    read -ra ports <<<"$(free_ports 3)"
    rm -rf "$folder"
    mkdir -p "$folder"
    printf '%s' "127.0.0.1:${ports[0]}" >"$folder/address"
    secure_listener=
    if make_certificate; then
        printf '%s' "127.0.0.1:${ports[2]}" >"$folder/secure-address"
        secure_listener=",SECURE://127.0.0.1:${ports[2]}"
    fi
    cat >"$folder/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports[1]}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${ports[0]},CONTROLLER://127.0.0.1:${ports[1]}$secure_listener
advertised.listeners=PLAINTEXT://127.0.0.1:${ports[0]}$secure_listener
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL
inter.broker.listener.name=PLAINTEXT
log.dirs=$folder/data
auto.create.topics.enable=false
offsets.topic.num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=200
broker.session.timeout.ms=1500
controller.quorum.election.timeout.ms=500
controller.quorum.fetch.timeout.ms=1000
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=2
log.cleaner.enable=false
END
    [ -z "$secure_listener" ] || cat >>"$folder/server.properties" <<END
sasl.enabled.mechanisms=PLAIN
listener.name.secure.plain.sasl.jaas.config=$login_module required user_sensor="secret";
ssl.keystore.type=PEM
ssl.keystore.location=$folder/broker.pem
ssl.client.auth=none
END
    "${java[@]}" -Dorg.slf4j.simpleLogger.defaultLogLevel=error kafka.tools.StorageTool format \
        --cluster-id nmsg-tests-of-22-letters --config "$folder/server.properties" \
        >"$folder/format.log" 2>&1 || {
        cat "$folder/format.log" >&2
        return 1
    }
}

# Ends the broker when its owner is gone, or it has run for too long.
watch() { # PID OWNER
    local end=$((SECONDS + lifetime_sec))
    while kill -0 "$1" 2>/dev/null; do
        if [ "$SECONDS" -ge "$end" ] || { [ -n "$2" ] && ! kill -0 "$2" 2>/dev/null; }; then
            kill -9 "$1" 2>/dev/null
        fi
        sleep 1
    done
}

answers() { # ADDRESS:PORT
    (exec 3<>"/dev/tcp/${1%:*}/${1#*:}") 2>/dev/null
}

start() {
    local address end pid
    if is_running; then
        cat "$folder/address"
        return 0
    fi
    fetch
    [ -f "$folder/server.properties" ] || configure
    address=$(cat "$folder/address")
    "${java[@]}" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn kafka.Kafka \
        "$folder/server.properties" </dev/null >>"$folder/broker.log" 2>&1 3>&- &
    pid=$!
    printf '%s' "$pid" >"$folder/pid"
    watch "$pid" "${NMSG_KAFKA_OWNER:-}" </dev/null >/dev/null 2>&1 &
    end=$((SECONDS + patience_sec))
    until answers "$address"; do
        if ! is_running || [ "$SECONDS" -ge "$end" ]; then
            say "the broker did not start; the end of $folder/broker.log:"
            tail -n 20 "$folder/broker.log" >&2
            stop
            return 1
        fi
        sleep 0.1
    done
    printf '%s\n' "$address"
}

# Send it a signal and wait until it is gone.
end_it() { # SIGNAL
    local pid end=$((SECONDS + 20))
    is_running || return 0
    pid=$(cat "$folder/pid")
    kill "-$1" "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null; do
        [ "$SECONDS" -lt "$end" ] || kill -9 "$pid" 2>/dev/null || true
        sleep 0.05
    done
    rm -f "$folder/pid"
}

stop() {
    end_it KILL # What it would write on its way out is removed anyway.
    rm -rf "$folder"
}

case ${1:-} in
fetch) fetch ;;
start) start ;;
stop) stop ;;
kill) end_it KILL ;;
status)
    if is_running; then
        cat "$folder/address"
        echo
    else
        say "no broker runs"
        exit 1
    fi
    ;;
*)
    sed -n '3,15s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
