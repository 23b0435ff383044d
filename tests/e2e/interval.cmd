nmsgtool -l 127.0.0.1/$PORT -t 1 -w out && nmsgtool -r out -J -
nmsgtool -l 127.0.0.1/$PORT -t 2 -R -J out
