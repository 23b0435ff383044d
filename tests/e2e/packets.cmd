nmsgtool -p dns.pcap -V base -T dnsqr -J one
nmsgtool --readpcap=dns.pcapng -T dnsqr -J two
cat dns.pcap | nmsgtool -p - -T dnsqr -J three
cat one
cmp one two && cmp one three
nmsgtool -p dns.pcap -T ncap -o - | grep -c 'base ncap'
nmsgtool -p dns.pcap -T pkt -c 1 -J -
nmsgtool -p dns.pcap -T packet -c 1 -J -
