nmsgtool -p dns.pcap
nmsgtool -p ten.nmsg -T dnsqr
nmsgtool -p nowhere.pcap -T dnsqr
nmsgtool -p dns.pcap -T logline
nmsgtool -i "" -T dnsqr
nmsgtool -i lo,much -T dnsqr
