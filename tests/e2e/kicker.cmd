printf '#!/bin/sh\necho "$1 has $(wc -l <"$1") lines"\n: >kicked\n' >kick && chmod +x kick
nmsgtool -dd -r ten.nmsg -c 10 -k ./kick -J out
while [ ! -e kicked ]; do sleep 0.02; done
ls -A | grep out
