nmsgtool -l 127.0.0.1/$PORT -c 3 -J got &
await_port
nmsgtool -dd -r ten.nmsg -c 3 --unbuffered -s 127.0.0.1/$PORT,50,5
wait $! && wc -l <got
