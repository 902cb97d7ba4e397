import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"os"
)

func main() {
	content := encode([]map[string]string{
		{"type": "text", "text": "$QUESTION"},
		{"type": "image", "file_id": upload("example.png")},
	})
	body := []byte($BODY)
	// The content is JSON inside a string.
	body = bytes.Replace(body, []byte(`"CONTENT"`), encode(string(content)), 1)
	events(send("POST", "$PATH", "application/json", body), func(event string, data []byte) {
		if event == "conversation.message.delta" {
			var message struct{ Content string }
			check(json.Unmarshal(data, &message))
			fmt.Print(message.Content)
		}
	})
	fmt.Println()
}

// upload uploads a file, and returns its id.
func upload(name string) string {
	content, err := os.ReadFile(name)
	check(err)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	check(err)
	_, err = part.Write(content)
	check(err)
	check(form.Close())
	var reply struct{ Data struct{ ID string } }
	decode(send("POST", "/v1/files/upload", form.FormDataContentType(), body.Bytes()), &reply)
	return reply.Data.ID
}
