nmsgtool -p dns.pcap -T pkt -w frames.nmsg
nmsgtool -dd -r frames.nmsg --write-pcap frames.pcap
nmsgtool -p frames.pcap -T dnsqr -w one
nmsgtool -p dns.pcap -T dnsqr -w two
cmp one two
nmsgtool -r two --write-pcap=- | nmsgtool -p - -T dnsqr -w three
nmsgtool -r two -J - | grep QUERY_RESPONSE | sort >two.json
nmsgtool -r three -J - | grep QUERY_RESPONSE | sort | cmp - two.json
nmsgtool -r ten.nmsg --write-pcap empty.pcap
nmsgtool -p empty.pcap -T dnsqr -J -
nmsgtool -p dns.pcap -T packet -w packets.nmsg
nmsgtool -r packets.nmsg -r frames.nmsg --write-pcap mixed.pcap
nmsgtool -p dns.pcap -T packet -c 4 -k 'basename' --write-pcap part | sed 's/part[.0-9]*/part./'
