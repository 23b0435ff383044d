nmsgtool -r ten.nmsg -z --zlevel 9 -w out; nmsgtool -r out -J - | wc -l; nmsgtool -r ten.nmsg --zlevel 9 -w out
