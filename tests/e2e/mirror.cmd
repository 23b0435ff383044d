nmsgtool -r ten.nmsg -c 2 --mirror -o text -J lines; cat text lines
