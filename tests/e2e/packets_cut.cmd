nmsgtool -dd -p cut.pcap -T dnsqr -J - | wc -l
nmsgtool -p cut.pcap -T pkt -w out
