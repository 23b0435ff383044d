export NMSG_OPALIAS_FILE=operators NMSG_GRALIAS_FILE=groups
nmsgtool -r ten.nmsg -c 2 --setsource 017 --setoperator other --setgroup 9 -J -
