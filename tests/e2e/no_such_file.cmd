nmsgtool -r nothing.nmsg
