nmsgtool -r ten.nmsg -c many
