nmsgtool -l 127.0.0.1/$PORT -c 10 -J got &
await_port
nmsgtool -dd -r ten.nmsg -s 127.0.0.1/$PORT
wait $! && cat got
