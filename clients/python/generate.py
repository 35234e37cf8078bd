"""Generates the Python modules of all services from schemas/proto/ into generated/, beside this file."""

from pathlib import Path
import sys

import grpc_tools
from grpc_tools import protoc

here = Path(__file__).resolve().parent
protos = here.parent.parent / "schemas" / "proto"
generated = here / "generated"


def generate() -> None:
    generated.mkdir(exist_ok=True)
    # google.rpc comes with grpcio-status.
    files = sorted(str(file) for file in protos.glob("*.proto") if file.name != "status.proto")
    outputs = [f"--{kind}={generated}" for kind in ("python_out", "pyi_out", "grpc_python_out")]
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    code = protoc.main(["protoc", f"-I{protos}", f"-I{well_known}", *outputs, *files])
    if code != 0:
        sys.exit(f"protoc ended with {code}")


if __name__ == "__main__":
    generate()
