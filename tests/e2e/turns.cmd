nmsgtool -r ten.nmsg -J a -J b -o c; cat a; echo; cat b; echo; cat c
