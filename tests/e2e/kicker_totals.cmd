nmsgtool -dd -r ten.nmsg -c 3 -k '' -w first -J last -s 127.0.0.1/9
ls -A | grep -e first -e last
