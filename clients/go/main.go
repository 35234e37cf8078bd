// Reads a feed, posts a like, reads what it wrote, and sends gifts: of refusals it tells the reason and the field.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"profithack/client/generated/feed"
	"profithack/client/generated/monetization"
)

const deadline = 5 * time.Second

var token = os.Getenv("ACCESS_TOKEN")

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func connect(address string) *grpc.ClientConn {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	return connection
}

// A call has a deadline, and a token where there is one; more metadata come in pairs.
func calling(pairs ...string) (context.Context, context.CancelFunc) {
	if token != "" {
		pairs = append(pairs, "authorization", "Bearer "+token)
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	return metadata.AppendToOutgoingContext(ctx, pairs...), cancel
}

// The reason of a refusal and whatever else it says, such as the field that is wrong.
func refusal(err error) string {
	told := status.Convert(err)
	for _, detail := range told.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return fmt.Sprintf("%s %s %v", told.Code(), info.Reason, info.Metadata)
		}
	}
	return told.String()
}

func sendGift(client monetization.MonetizationClient, key string, request *monetization.SendGiftRequest) {
	ctx, cancel := calling("idempotency-key", key)
	defer cancel()
	var header metadata.MD
	answer, err := client.SendGift(ctx, request, grpc.Header(&header))
	if err != nil {
		fmt.Println("gift refused:", refusal(err))
		return
	}
	isHit := len(header.Get("idempotency-hit")) > 0
	fmt.Printf("gift: %d coins, %d left, repeat: %t\n", answer.CoinsSpent, answer.Balance, isHit)
}

func getFeed(client feed.FeedClient, request *feed.GetFeedRequest) *feed.FeedPage {
	ctx, cancel := calling()
	defer cancel()
	page, err := client.GetFeed(ctx, request)
	if err != nil {
		fmt.Println("page refused:", refusal(err))
		return nil
	}
	return page
}

// With a token one is whom it names: an id beside it could only be wrong.
func userNamed() *string {
	if token != "" {
		return nil
	}
	if len(os.Args) > 1 {
		return &os.Args[1]
	}
	return proto.String("test")
}

func main() {
	user := userNamed()
	feedConnection := connect(env("GRPC_FEED_URL", "127.0.0.1:50051"))
	defer feedConnection.Close()
	feeds := feed.NewFeedClient(feedConnection)
	page := getFeed(feeds, &feed.GetFeedRequest{UserId: user, Limit: proto.Int32(3)})
	if page == nil || len(page.Videos) == 0 {
		log.Fatal("there is no feed")
	}
	for _, video := range page.Videos {
		fmt.Printf("%s %.3f %s\n", video.VideoId, video.FinalScore, strings.Join(video.Explanation, "; "))
	}
	ctx, cancel := calling()
	defer cancel()
	like := &feed.Interaction{UserId: user, VideoId: &page.Videos[0].VideoId, Action: proto.String("like")}
	accepted, err := feeds.RecordInteraction(ctx, like)
	if err != nil {
		log.Fatal(refusal(err))
	}
	fmt.Println("like accepted:", accepted.Token)
	if seen := getFeed(feeds, &feed.GetFeedRequest{UserId: user, Limit: proto.Int32(1), Token: &accepted.Token}); seen != nil {
		fmt.Println("a page that has seen it:", seen.Videos[0].VideoId)
	}
	getFeed(feeds, &feed.GetFeedRequest{UserId: user, Limit: proto.Int32(500)})

	moneyConnection := connect(env("GRPC_MONETIZATION_URL", "127.0.0.1:50054"))
	defer moneyConnection.Close()
	money := monetization.NewMonetizationClient(moneyConnection)
	gift := &monetization.SendGiftRequest{SenderId: user, RecipientId: &page.Videos[0].CreatorId, GiftType: monetization.GiftType_ROSE.Enum()}
	key := rand.Text()
	sendGift(money, key, gift)
	sendGift(money, key, gift)
	gift.GiftType, gift.Quantity = monetization.GiftType_CASTLE.Enum(), proto.Int32(100)
	sendGift(money, rand.Text(), gift)
}
