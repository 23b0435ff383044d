nmsgtool -v
