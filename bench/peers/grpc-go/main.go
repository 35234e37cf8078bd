// A bare grpc-go server: answers GetFeed with bytes that it was given before, whatever is asked.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"sync/atomic"

	"google.golang.org/grpc"
)

// asIs takes and gives bytes as they are.
type asIs struct{}

func (asIs) Name() string { return "proto" }

func (asIs) Marshal(message any) ([]byte, error) { return *message.(*[]byte), nil }

func (asIs) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = data
	return nil
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var encoded []string
	if err := json.Unmarshal(text, &encoded); err != nil {
		log.Fatal(err)
	}
	pages := make([][]byte, len(encoded))
	for i, page := range encoded {
		if pages[i], err = base64.StdEncoding.DecodeString(page); err != nil {
			log.Fatal(err)
		}
	}
	var next atomic.Uint64
	getFeed := func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		var request []byte
		if err := decode(&request); err != nil {
			return nil, err
		}
		return &pages[next.Add(1)%uint64(len(pages))], nil
	}
	server := grpc.NewServer(grpc.ForceServerCodec(asIs{}))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "profithack.feed.Feed",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "GetFeed", Handler: getFeed}},
	}, struct{}{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.Serve(listener))
}
