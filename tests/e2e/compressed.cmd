nmsgtool -r ten.nmsg -z -w out
head -c 6 out | od -An -tx1
test $(wc -c <out) -lt $(wc -c <ten.nmsg) && nmsgtool -r out -c 1
