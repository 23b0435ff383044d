nmsgtool -r ten.nmsg -F sample,count=4 -J -
nmsgtool -r ten.nmsg -F sample,count=1 --policy drop -J -
nmsgtool -r ten.nmsg -F sample,count=2 -F sample,count=3 --policy ACCEPT -J -
nmsgtool -r ten.nmsg -F sample,count=1 --policy perhaps
