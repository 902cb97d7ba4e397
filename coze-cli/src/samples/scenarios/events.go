import (
	"bufio"
	"io"
	"log"
	"strings"
)

// events calls handle for each event of a stream.
func events(body io.ReadCloser, handle func(event string, data []byte)) {
	defer body.Close()
	event := ""
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "event:"):
			event = strings.TrimSpace(strings.TrimPrefix(line, "event:"))
		case strings.HasPrefix(line, "data:"):
			handle(event, []byte(strings.TrimPrefix(line, "data:")))
		case strings.HasPrefix(line, "{"):
			log.Fatalf("the API refuses the call: %s", line)
		}
	}
	check(lines.Err())
}
