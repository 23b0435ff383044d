nmsgtool -p tagged.pcap -T dnsqr --stats 60
nmsgtool -p tagged.pcap -T dnsqr --links=usual -J -
nmsgtool -p tagged.pcap -T dnsqr --links=all -w tagged
nmsgtool -p dns.pcap -T dnsqr -w plain
cmp tagged plain
nmsgtool -p dns.pcap -T dnsqr --links some
