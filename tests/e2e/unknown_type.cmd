nmsgtool -r mixed.nmsg -J -; nmsgtool -r mixed.nmsg -w out && cmp mixed.nmsg out
