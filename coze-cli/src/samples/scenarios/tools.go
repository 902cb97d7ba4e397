import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"time"
)

// The functions that the bot calls, by the names of the tools of its local plugin.
var tools = map[string]func(arguments string) string{
	"get_time": func(arguments string) string { return time.Now().Format(time.RFC3339) },
}

type toolCall struct {
	ID       string
	Function struct{ Name, Arguments string }
}

type chat struct {
	ID             string
	ConversationID string `json:"conversation_id"`
	RequiredAction struct {
		SubmitToolOutputs struct {
			ToolCalls []toolCall `json:"tool_calls"`
		} `json:"submit_tool_outputs"`
	} `json:"required_action"`
}

func main() {
	body := []byte($BODY)
	answer(send("POST", "$PATH", "application/json", body))
	fmt.Println()
}

func answer(stream io.ReadCloser) {
	events(stream, func(event string, data []byte) {
		switch event {
		case "conversation.message.delta":
			var message struct{ Content string }
			check(json.Unmarshal(data, &message))
			fmt.Print(message.Content)
		case "conversation.chat.requires_action":
			var waiting chat
			check(json.Unmarshal(data, &waiting))
			answer(submit(waiting))
		}
	})
}

// submit runs the tools that a chat waits for, and returns the continued stream.
func submit(waiting chat) io.ReadCloser {
	outputs := []map[string]string{}
	for _, call := range waiting.RequiredAction.SubmitToolOutputs.ToolCalls {
		output := tools[call.Function.Name](call.Function.Arguments)
		outputs = append(outputs, map[string]string{"tool_call_id": call.ID, "output": output})
	}
	ids := url.Values{"conversation_id": {waiting.ConversationID}, "chat_id": {waiting.ID}}
	body := encode(map[string]any{"tool_outputs": outputs, "stream": true})
	return send("POST", "/v3/chat/submit_tool_outputs?"+ids.Encode(), "application/json", body)
}
