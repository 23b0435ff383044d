nmsgtool -r ten.nmsg -J none/out
