nmsgtool --nonsense 2>&1 | head -1; nmsgtool -r ten.nmsg more 2>&1 | head -1
