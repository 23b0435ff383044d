nmsgtool -j - -w out <<'.'
{"time":"2023-11-14 22:13:20.000000001","vname":"SIE","mname":"dnsdedupe","source":"000000a1","message":{"type":"INSERTION","count":2,"time_first":"2023-11-14 22:00:00","time_last":"2023-11-14 22:13:00","response_ip":"192.0.2.53","bailiwick":"example.com.","rrname":"www.example.com.","rrclass":"IN","rrtype":"A","rrttl":300,"rdata":["198.51.100.1","198.51.100.2"]}}
no object
{"time":"2023-11-14 22:13:21.000000000","vname":"base","mname":"logline","message":{"category":"kept"}}
{"vname":"base","mname":"nonsense","message":{}}
{"time":"2023-11-14 22:13:22.5","vname":"base","mname":"ipconn","message":{"srcip":"2001:db8::1","srcport":70000}}
.
nmsgtool -r out -J - -o - --mirror
