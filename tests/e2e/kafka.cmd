nmsgtool --readkafka topic@host
nmsgtool --readkafka nmsg:topic#1%group@host
nmsgtool -r ten.nmsg --writekafka json:topic,oldest@host
nmsgtool -r ten.nmsg --writekafka nmsgp:topic@host,soon
export NMSG_KAFKA_CONFIG=nmsg.open.patience.ms=300
nmsgtool -r ten.nmsg --writekafka json:topic@127.0.0.1:1 --kafkakey srcip 2>&1 | sed 's/ s: .*refused.*/ s: refused/'
nmsgtool --readkafka nmsg:topic%group@127.0.0.1:1,oldest 2>&1 | sed 's/ s: .*refused.*/ s: refused/'
NMSG_KAFKA_CONFIG=no.such.thing=1 nmsgtool -r ten.nmsg --writekafka nmsg:topic@127.0.0.1:1
NMSG_KAFKA_CONFIG=./missing nmsgtool -r ten.nmsg --writekafka nmsg:topic@127.0.0.1:1
