nmsgtool -l 127.0.0.1/$PORT -c 100 -o got -dd &
await_port
for i in 1 2 3 4 5 6 7 8 9 10; do cat ten.nmsg; done >hundred.nmsg
nmsgtool -r hundred.nmsg -z -m 512 -s 127.0.0.1/$PORT,1000,100
wait $! && grep -c ipconn got
