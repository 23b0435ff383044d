export NMSG_CHALIAS_FILE=channels
nmsgtool -C here -c 2 -J got &
await_port
nmsgtool -r ten.nmsg -c 2 -s 127.0.0.1/$PORT
wait $! && cat got
nmsgtool -C nowhere
