nmsgtool -r ten.nmsg -z --zlevel 10 -w out
