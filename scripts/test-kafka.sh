#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tests of tests/kafka against a broker of their own, which does not outlive them. Exit status
# 77 where there is no broker to be had: no Java, no Maven, or Maven cannot fetch it.
#
#   test-kafka.sh [ARGUMENT OF PYTEST]...
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
scripts/build.sh || exit 1
. scripts/lib.sh

if ! python -c 'import sys
import nmsg
try:
    nmsg.open("kafka://127.0.0.1/t", config={"nmsg.open.patience.ms": 0})
except nmsg.RemoteError:
    sys.exit(0)
except nmsg.Error as error:
    print(error)
sys.exit(1)'; then
    echo "SKIPPED: the tests with Kafka, since this build lacks it"
    exit 77
fi
scripts/kafka-broker.sh fetch
case $? in
0) ;;
2)
    echo "SKIPPED: the tests with Kafka, since there is no broker to be had"
    exit 77
    ;;
*) exit 1 ;;
esac

export NMSG_KAFKA_FOLDER=$PWD/build/kafka-tests NMSG_KAFKA_OWNER=$$
trap 'scripts/kafka-broker.sh stop' EXIT
trap 'exit 1' INT TERM HUP
scripts/kafka-broker.sh stop
NMSG_KAFKA_BROKER=$(scripts/kafka-broker.sh start) || exit 1
export NMSG_KAFKA_BROKER
timeout -k 10 300 pytest -q "$@" tests/kafka
