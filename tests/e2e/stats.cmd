nmsgtool -r ten.nmsg --stats 3600 -w out
