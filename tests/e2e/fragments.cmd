nmsgtool -p dns.pcap -T dnsqr --fragments 1 --fragment-timeout=1 --stats 60 -w out
nmsgtool -p dns.pcap -T dnsqr --fragments 0
nmsgtool -p dns.pcap -T dnsqr --fragment-timeout soon
