nmsgtool -r ten.nmsg --unbuffered -w out; nmsgtool -dd -r out -o /dev/null
