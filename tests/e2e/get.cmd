export NMSG_OPALIAS_FILE=operators NMSG_GRALIAS_FILE=groups
nmsgtool -r ten.nmsg --getsource 0xa1; echo ---
nmsgtool -r ten.nmsg --getoperator EXAMPLE -c 2; echo ---
nmsgtool -r ten.nmsg --getgroup eight; echo ---
nmsgtool -r ten.nmsg --getgroup nobody
