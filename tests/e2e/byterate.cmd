nmsgtool -r ten.nmsg -B 1000000 -c 1 -J -
