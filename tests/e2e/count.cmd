nmsgtool -r ten.nmsg -c 3 -J a -J b; wc -l a b; nmsgtool -r ten.nmsg -c2 -J-
