nmsgtool -r cut.nmsg -J -
