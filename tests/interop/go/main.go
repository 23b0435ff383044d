// SPDX-License-Identifier: Apache-2.0

// The other end for tests/python/test_interop_go.py: reads and writes containers by go-nmsg, in
// files and by a ZeroMQ that is written in Go, and knows nothing of the code under test.
//
//	interop read PLACE COUNT            COUNT messages as JSON lines; 0: up to the end of a file
//	interop write PLACE COUNT [zlib] [small]
//	                                    messages of base:ipconn, and a large base:logline behind
//	                                    every tenth; small containers, with fragments
//
// PLACE is the path of a file, or tcp://ADDRESS:PORT to connect to.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/farsightsec/go-nmsg"
	"github.com/farsightsec/go-nmsg/nmsg_base"
	"github.com/go-zeromq/zmq4"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

const (
	bufferSize = 4 << 20 // More than a container has.
	smallSize  = 1280
	largeText  = 5000
)

// line is what is printed of a message.
type line struct {
	Vid      uint32          `json:"vid"`
	Msgtype  uint32          `json:"msgtype"`
	Sec      int64           `json:"sec"`
	Nsec     uint32          `json:"nsec"`
	Source   *uint32         `json:"source"`
	Operator *uint32         `json:"operator"`
	Group    *uint32         `json:"group"`
	Message  json.RawMessage `json:"message"`
}

// messages makes a stream of a socket: each Read gives one ZeroMQ message.
type messages struct{ zmq4.Socket }

func (m messages) Read(p []byte) (int, error) {
	msg, err := m.Recv()
	if err != nil {
		return 0, err
	}
	if len(msg.Frames) != 1 || len(msg.Frames[0]) > len(p) {
		return 0, fmt.Errorf("%d parts, or one too large", len(msg.Frames))
	}
	return copy(p, msg.Frames[0]), nil
}

func (m messages) Write(p []byte) (int, error) {
	return len(p), m.Send(zmq4.NewMsg(append([]byte(nil), p...)))
}

func isEndpoint(place string) bool { return strings.Contains(place, "://") }

func openReader(place string) (io.ReadCloser, error) {
	if !isEndpoint(place) {
		return os.Open(place)
	}
	socket := zmq4.NewPull(context.Background())
	return messages{socket}, socket.Dial(place)
}

func openWriter(place string) (io.WriteCloser, error) {
	if !isEndpoint(place) {
		return os.Create(place)
	}
	socket := zmq4.NewPush(context.Background())
	return messages{socket}, socket.Dial(place)
}

func show(p *nmsg.NmsgPayload) error {
	m, err := p.Message()
	if err != nil {
		return err
	}
	text, err := protojson.Marshal(m)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(line{
		p.GetVid(), p.GetMsgtype(), p.GetTimeSec(), p.GetTimeNsec(),
		p.Source, p.Operator, p.Group, text,
	})
}

func read(place string, count int) error {
	in, err := openReader(place)
	if err != nil {
		return err
	}
	defer in.Close()
	input := nmsg.NewInput(in, bufferSize)
	for n := 0; count == 0 || n < count; n++ {
		p, err := input.Recv()
		if count == 0 && errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := show(p); err != nil {
			return err
		}
	}
	return nil
}

func payload(m nmsg.Message, n int) (*nmsg.NmsgPayload, error) {
	p, err := nmsg.Payload(m)
	if err != nil {
		return nil, err
	}
	p.TimeSec = proto.Int64(1700000000 + int64(n))
	p.TimeNsec = proto.Uint32(uint32(n))
	p.SetSource(uint32(n))
	p.SetOperator(7)
	p.SetGroup(9)
	return p, nil
}

func send(output nmsg.Output, m nmsg.Message, n int) error {
	p, err := payload(m, n)
	if err != nil {
		return err
	}
	return output.Send(p)
}

func sendAll(output nmsg.Output, count int) error {
	for n := 0; n < count; n++ {
		err := send(output, &nmsg_base.IPConn{
			Proto:   proto.Uint32(6),
			Srcip:   []byte{192, 0, 2, byte(n)},
			Srcport: proto.Uint32(uint32(n)),
			Dstip:   []byte{198, 51, 100, 1},
			Dstport: proto.Uint32(443),
		}, n)
		if err != nil {
			return err
		}
		if n%10 == 9 {
			text := []byte(strings.Repeat("x", largeText))
			if err := send(output, &nmsg_base.LogLine{Message: text}, n); err != nil {
				return err
			}
		}
	}
	return output.Close()
}

func write(place string, count int, options []string) error {
	out, err := openWriter(place)
	if err != nil {
		return err
	}
	output := nmsg.BufferedOutput(out)
	output.SetMaxSize(nmsg.MaxContainerSize, nmsg.MaxContainerSize)
	for _, option := range options {
		switch option {
		case "zlib":
			output.SetCompression(true)
		case "small":
			output.SetMaxSize(smallSize, smallSize)
		default:
			return fmt.Errorf("unknown option %q", option)
		}
	}
	if err := sendAll(output, count); err != nil {
		return err
	}
	if isEndpoint(place) {
		// Its Close() drops what is not sent yet; whoever started this ends it.
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	}
	return out.Close()
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("usage: interop read|write PLACE COUNT [zlib] [small]")
	}
	count, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	switch args[0] {
	case "read":
		return read(args[1], count)
	case "write":
		return write(args[1], count, args[3:])
	}
	return fmt.Errorf("unknown command %q", args[0])
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}
