nmsgtool -h 2>&1 | head -5
