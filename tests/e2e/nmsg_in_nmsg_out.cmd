nmsgtool -r ten.nmsg -w out && nmsgtool -r out -w again && cmp out again
nmsgtool -dd -r again -o -
