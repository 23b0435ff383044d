nmsgtool -J -
