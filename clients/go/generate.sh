#!/bin/sh
# Generates the Go packages of all services from schemas/proto/ into generated/; PROTOC is a protoc, or that of grpcio-tools (README.md).
set -eu
cd "$(dirname "$0")"
PROTOC="${PROTOC:-protoc}"
protos=../../schemas/proto
export GOBIN="$PWD/generated/bin" PATH="$PWD/generated/bin:$PATH"
mkdir -p generated
go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.10
go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.5.1
files=""
packages=""
for file in "$protos"/*.proto; do
  name="$(basename "$file" .proto)"
  # google.rpc comes with google.golang.org/genproto.
  [ "$name" = status ] && continue
  package="${name%_items}"
  files="$files $name.proto"
  packages="$packages --go_opt=M$name.proto=profithack/client/generated/$package --go-grpc_opt=M$name.proto=profithack/client/generated/$package"
done
# shellcheck disable=SC2086
$PROTOC -I"$protos" --go_out=. --go_opt=module=profithack/client --go-grpc_out=. --go-grpc_opt=module=profithack/client $packages $files
