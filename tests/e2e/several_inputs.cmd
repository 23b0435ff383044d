nmsgtool -r ten.nmsg -c 4 -J part; nmsgtool -r ten.nmsg -j part -T ipconn -dd -o /dev/null
