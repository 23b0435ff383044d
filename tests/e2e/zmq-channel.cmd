export NMSG_CHALIAS_FILE=zchannels
echo "here ipc://first,pushpull ipc://second,accept,pushpull" >zchannels
echo "there 127.0.0.1/1" >>zchannels
nmsgtool -Z here -c 10 -w got --unbuffered &
nmsgtool -r ten.nmsg -S ipc://first,pushpull --writezsock ipc://second,pushpull
wait $! && nmsgtool -r got -J - | sort
nmsgtool --readzchan there
nmsgtool -C here
nmsgtool -Z nowhere
