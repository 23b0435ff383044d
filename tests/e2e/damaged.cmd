nmsgtool -r damaged.nmsg -J -
