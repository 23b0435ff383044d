nmsgtool -r ten.nmsg -c 2 -e ' |\t\\'; echo; nmsgtool -r ten.nmsg -c 1 -e '|\x|'
