nmsgtool -p dns.pcap -T dnsqr -b 'src or dst host 192.0.2.53 and udp' -J - | wc -l
NMSG_BPF='tcp' nmsgtool -p dns.pcap -T packet -J - | wc -l
NMSG_BPF='tcp' nmsgtool -p dns.pcap -T packet --bpf='udp src port 53' -J - | wc -l
nmsgtool -p dns.pcap -T packet -b 'port of call' 2>&1 | cut -d: -f1-3
