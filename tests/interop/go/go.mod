module example.org/nmsg-interop

go 1.23

require (
	github.com/farsightsec/go-nmsg v0.2.0
	github.com/go-zeromq/zmq4 v0.17.0
	google.golang.org/protobuf v1.36.11
)

require (
	github.com/dnstap/golang-dnstap v0.4.0 // indirect
	github.com/farsightsec/golang-framestream v0.3.0 // indirect
	github.com/go-zeromq/goczmq/v4 v4.2.2 // indirect
	github.com/miekg/dns v1.1.31 // indirect
	golang.org/x/crypto v0.0.0-20191011191535-87dc89f01550 // indirect
	golang.org/x/net v0.0.0-20190923162816-aa69164e4478 // indirect
	golang.org/x/sync v0.7.0 // indirect
	golang.org/x/sys v0.8.0 // indirect
	golang.org/x/text v0.15.0 // indirect
)
