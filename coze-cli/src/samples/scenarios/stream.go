import (
	"encoding/json"
	"fmt"
	"log"
)

func main() {
	body := []byte($BODY)
	events(send("POST", "$PATH", "application/json", body), func(event string, data []byte) {
		switch event {
		case "conversation.message.delta":
			var message struct{ Content string }
			check(json.Unmarshal(data, &message))
			fmt.Print(message.Content)
		case "conversation.chat.failed", "error":
			log.Fatalf("the chat failed: %s", data)
		}
	})
	fmt.Println()
}
