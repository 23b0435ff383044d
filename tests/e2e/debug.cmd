nmsgtool -ddr ten.nmsg -w out
