# PUSH waits for whoever is to take it, so it does not matter who is first.
nmsgtool -dd -L ipc://here,pushpull -c 10 -J got 2>told &
nmsgtool -dd -r ten.nmsg -z -S ipc://here,PushPull,connect
wait $! && cat told got
nmsgtool --readzsock here,connect
nmsgtool --readzsock ipc://here,connect,accept
nmsgtool -r ten.nmsg --writezsock tcp://127.0.0.1:99999
