nmsgtool -r mixed.nmsg -V base -T IPConn
nmsgtool --readnmsg=mixed.nmsg --msgtype logline --writejson -
nmsgtool -r mixed.nmsg -V SIE -T dnsdedupe
