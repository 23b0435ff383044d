count() { nmsgtool -p dns.pcap -T dnsqr -J - "$@" | wc -l; }
count
count --dnsqr-only queries
count --dnsqr-only=responses
count --dnsqr-rd 0
count --dnsqr-exclude example.net:example.org
count --dnsqr-exclude . --dnsqr-include lost.example.net
count --dnsqr-auth 192.0.2.0/24
count --dnsqr-res 2001:db8::1
count --dnsqr-timeout 1 --dnsqr-queries 1
DNSQR_CAPTURE_QR=1 count
DNSQR_CAPTURE_QR=1 count --dnsqr-only queries
nmsgtool -p dns.pcap -T dnsqr --dnsqr-zero -c 1 -o - | grep query_ip
nmsgtool -p dns.pcap -T dnsqr --dnsqr-timeout never
nmsgtool -p dns.pcap -T dnsqr --dnsqr-only answers
nmsgtool -p dns.pcap -T dnsqr --dnsqr-rd 2
nmsgtool -p dns.pcap -T dnsqr --dnsqr-exclude a..b
nmsgtool -p dns.pcap -T dnsqr --dnsqr-auth nobody
DNSQR_FILTER_QNAMES_EXCLUDE=a..b:example.net count
