import (
	"fmt"
	"time"
)

type run struct {
	Status string `json:"execute_status"`
	Output string
	Error  string `json:"error_message"`
}

func main() {
	body := []byte($BODY)
	var started struct {
		ExecuteID string `json:"execute_id"`
	}
	decode(send("POST", "$PATH", "application/json", body), &started)
	path := "/v1/workflows/" + "$WORKFLOW_ID" + "/run_histories/" + started.ExecuteID
	var history struct{ Data []run }
	for history.Data == nil || history.Data[0].Status == "Running" {
		time.Sleep(time.Second)
		decode(send("GET", path, "", nil), &history)
	}
	last := history.Data[0]
	fmt.Println(last.Status, last.Output, last.Error)
}
