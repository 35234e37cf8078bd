"""Reads a feed, posts a like, reads what it wrote, and sends gifts: of refusals it tells the reason and the field."""

import os
import sys
import uuid
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

sys.path.insert(0, str(Path(__file__).resolve().parent / "generated"))

import feed_pb2  # noqa: E402
import feed_pb2_grpc  # noqa: E402
import monetization_pb2  # noqa: E402
import monetization_pb2_grpc  # noqa: E402

feed_at = os.environ.get("GRPC_FEED_URL", "127.0.0.1:50051")
monetization_at = os.environ.get("GRPC_MONETIZATION_URL", "127.0.0.1:50054")
token = os.environ.get("ACCESS_TOKEN")
metadata = [("authorization", f"Bearer {token}")] if token else []
deadline_s = 5
rose_coins = 10


def refusal(error: grpc.RpcError) -> dict[str, str]:
    """The reason of a refusal and whatever else it says, such as the field that is wrong."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return {"reason": info.reason, **info.metadata}
    return {"reason": error.code().name}


def told(error: grpc.RpcError) -> str:
    return f"{error.code().name} {refusal(error)}"


def gift(stub, key: str, **fields) -> None:
    keyed = [*metadata, ("idempotency-key", key)]
    try:
        request = monetization_pb2.SendGiftRequest(**fields)
        answer, call = stub.SendGift.with_call(request, timeout=deadline_s, metadata=keyed)
        is_hit = ("idempotency-hit", "true") in [(name, value) for name, value in call.initial_metadata()]
        print(f"gift: {answer.coins_spent} coins, {answer.balance} left, repeat: {is_hit}")
    except grpc.RpcError as error:
        print(f"gift refused: {told(error)}")


def read_and_like(stub, user: dict[str, str]) -> str | None:
    """The creator of the first video; nobody where nothing is published."""
    page = stub.GetFeed(feed_pb2.GetFeedRequest(**user, limit=3), timeout=deadline_s, metadata=metadata)
    if not page.videos:
        print("the feed is empty: nothing is published yet")
        return None
    for video in page.videos:
        print(f"{video.video_id} {video.final_score:.3f} {'; '.join(video.explanation)}")
    like = feed_pb2.Interaction(**user, video_id=page.videos[0].video_id, action="like")
    accepted = stub.RecordInteraction(like, timeout=deadline_s, metadata=metadata)
    print(f"like accepted: {accepted.token}")
    request = feed_pb2.GetFeedRequest(**user, limit=1, token=accepted.token)
    seen = stub.GetFeed(request, timeout=deadline_s, metadata=metadata)
    print(f"a page that has seen it: {seen.videos[0].video_id if seen.videos else 'empty'}")
    try:
        stub.GetFeed(feed_pb2.GetFeedRequest(**user, limit=500), timeout=deadline_s, metadata=metadata)
    except grpc.RpcError as error:
        print(f"page refused: {told(error)}")
    return page.videos[0].creator_id


def give(stub, user: dict[str, str], creator: str) -> None:
    request = monetization_pb2.GetBalanceRequest(**user)
    coins = stub.GetBalance(request, timeout=deadline_s, metadata=metadata).coins
    if coins < rose_coins:
        print(f"no gift: {coins} coins, and a rose costs {rose_coins}; buy some at /wallet, at the local provider for nothing")
        return
    sender = {"sender_id": user["user_id"]} if user else {}
    key = str(uuid.uuid4())
    for _ in range(2):
        gift(stub, key, **sender, recipient_id=creator, gift_type=monetization_pb2.ROSE)
    gift(stub, str(uuid.uuid4()), **sender, recipient_id=creator, gift_type="CASTLE", quantity=100)


def main(user_id: str) -> None:
    # With a token one is whom it names: an id beside it could only be wrong.
    user = {} if token else {"user_id": user_id}
    try:
        with grpc.insecure_channel(feed_at) as channel:
            creator = read_and_like(feed_pb2_grpc.FeedStub(channel), user)
        with grpc.insecure_channel(monetization_at) as channel:
            if creator:
                give(monetization_pb2_grpc.MonetizationStub(channel), user, creator)
    except grpc.RpcError as error:
        sys.exit(f"refused: {told(error)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "test")
