nmsgtool -r ten.nmsg -F ./nmsg_flt1_other.so,x
