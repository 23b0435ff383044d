nmsgtool -U no-such-user -r ten.nmsg
