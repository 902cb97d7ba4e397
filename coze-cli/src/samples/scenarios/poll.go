import (
	"fmt"
	"log"
	"net/url"
	"time"
)

type chat struct {
	Data struct {
		ID             string
		ConversationID string `json:"conversation_id"`
		Status         string
	}
}

func main() {
	body := []byte($BODY)
	var reply chat
	decode(send("POST", "$PATH", "application/json", body), &reply)
	ids := url.Values{
		"conversation_id": {reply.Data.ConversationID},
		"chat_id":         {reply.Data.ID},
	}.Encode()
	for reply.Data.Status == "created" || reply.Data.Status == "in_progress" {
		time.Sleep(time.Second)
		decode(send("GET", "/v3/chat/retrieve?"+ids, "", nil), &reply)
	}
	if reply.Data.Status != "completed" {
		log.Fatalf("the chat is %s", reply.Data.Status)
	}
	var messages struct {
		Data []struct{ Type, Content string }
	}
	decode(send("GET", "/v3/chat/message/list?"+ids, "", nil), &messages)
	for _, message := range messages.Data {
		if message.Type == "answer" {
			fmt.Println(message.Content)
		}
	}
}
