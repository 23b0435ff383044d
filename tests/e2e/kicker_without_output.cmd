nmsgtool -r ten.nmsg -c 5 -k ''
cat ./-.* | grep -c ipconn
ls | grep '^-'
