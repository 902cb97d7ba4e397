import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
)

const base = "$BASE"

// send sends a request, and returns the body of its response.
func send(method, path, kind string, body []byte) io.ReadCloser {
	request, err := http.NewRequest(method, base+path, bytes.NewReader(body))
	check(err)
	request.Header.Set("authorization", "Bearer "+os.Getenv("COZE_API_TOKEN"))
	if kind != "" {
		request.Header.Set("content-type", kind)
	}
	response, err := http.DefaultClient.Do(request)
	check(err)
	return response.Body
}

// decode reads the JSON of a response into reply, or stops at an error of the API.
func decode(body io.ReadCloser, reply any) {
	defer body.Close()
	text, err := io.ReadAll(body)
	check(err)
	var envelope struct {
		Code int
		Msg  string
	}
	check(json.Unmarshal(text, &envelope))
	if envelope.Code != 0 {
		log.Fatalf("error %d: %s", envelope.Code, envelope.Msg)
	}
	check(json.Unmarshal(text, reply))
}

// encode returns a value as JSON.
func encode(value any) []byte {
	text, err := json.Marshal(value)
	check(err)
	return text
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
