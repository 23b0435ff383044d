nmsgtool -r - -w - <ten.nmsg | nmsgtool -r - -J - | nmsgtool -j - -o -
