// Package workflowtest records what workflows did on a real engine, so that later versions of them
// can be held against it.
package workflowtest

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/encoding/protojson"
)

// Identity is what workers in tests call themselves: it keeps the names of machines out of recorded
// histories.
const Identity = "test"

// Quiet returns a log that keeps everything to itself.
func Quiet() sdklog.Logger { return sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

// Connect returns a client of the namespace that ends with the test.
func Connect(t testing.TB, address, namespace string) client.Client {
	t.Helper()
	engine, err := client.Dial(client.Options{HostPort: address, Namespace: namespace, Identity: Identity, Logger: Quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	return engine
}

// Record writes the history of the workflow to the file at the path, as JSON.
func Record(t testing.TB, engine client.Client, workflowID, path string) {
	t.Helper()
	whole := &history.History{}
	events := engine.GetWorkflowHistory(t.Context(), workflowID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		// A worker's own queue has the name of its machine, which nobody needs to know.
		if queue := event.GetWorkflowTaskScheduledEventAttributes().GetTaskQueue(); queue.GetKind() == enums.TASK_QUEUE_KIND_STICKY {
			queue.Name = "sticky"
		}
		whole.Events = append(whole.Events, event)
	}
	encoded, err := protojson.MarshalOptions{Indent: " "}.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(encoded, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
