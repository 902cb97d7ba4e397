import (
	"encoding/json"
	"fmt"
	"io"
	"log"
)

type interrupt struct {
	Data struct {
		EventID string `json:"event_id"`
		Type    int
	} `json:"interrupt_data"`
}

func main() {
	body := []byte($BODY)
	follow(send("POST", "$PATH", "application/json", body))
	fmt.Println()
}

func follow(stream io.ReadCloser) {
	events(stream, func(event string, data []byte) {
		switch event {
		case "Message":
			var message struct{ Content string }
			check(json.Unmarshal(data, &message))
			fmt.Print(message.Content)
		case "Error":
			log.Fatalf("the workflow failed: %s", data)
		case "Interrupt":
			var asked interrupt
			check(json.Unmarshal(data, &asked))
			answer := "Monday" // Ask the user instead.
			body := encode(map[string]any{
				"workflow_id":    "$WORKFLOW_ID",
				"event_id":       asked.Data.EventID,
				"interrupt_type": asked.Data.Type,
				"resume_data":    answer,
			})
			follow(send("POST", "/v1/workflow/stream_resume", "application/json", body))
		}
	})
}
