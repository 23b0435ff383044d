while cat ten.nmsg; do :; done 2>/dev/null | { nmsgtool -r - -J -; echo $? >status; } | head -1
cat status
