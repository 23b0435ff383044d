nmsgtool -r ten.nmsg -J /dev/full; echo $?; ulimit -f 0; nmsgtool -r ten.nmsg -w out
