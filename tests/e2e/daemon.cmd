nmsgtool -D -P pid -r ten.nmsg -c 2 -J out
while [ -e pid ]; do sleep 0.02; done
cat out
