nmsgtool -r ten.nmsg -J -
