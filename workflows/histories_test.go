// Package workflows_test holds every recorded history against the workflows as they are now.
package workflows_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	"saakorn/services/platform/procedure"
	"saakorn/workflows/call"
	"saakorn/workflows/casework"
	"saakorn/workflows/checkin"
	"saakorn/workflows/lifecycle"
	"saakorn/workflows/payment"
	"saakorn/workflows/reporting"
	"saakorn/workflows/workflowtest"
)

// procedures are the workflows with the folders of their recorded histories.
func procedures() map[procedure.Kind]struct {
	folder string
	run    any
} {
	return map[procedure.Kind]struct {
		folder string
		run    any
	}{
		procedure.Call:      {"call", call.Workflow},
		procedure.Casework:  {"casework", casework.Workflow},
		procedure.Lifecycle: {"lifecycle", lifecycle.Workflow},
		procedure.Reporting: {"reporting", reporting.Workflow},
		procedure.Checkin:   {"checkin", checkin.Workflow},
		procedure.Payment:   {"payment", payment.Workflow},
	}
}

// recorded returns the files of a procedure's histories.
func recorded(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "testdata", "histories", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("%s has no recorded histories: run its tests with -record", folder)
	}
	return files
}

func TestRecordedHistoriesReplay(t *testing.T) {
	for kind, p := range procedures() {
		for _, file := range recorded(t, p.folder) {
			t.Run(p.folder+"/"+filepath.Base(file), func(t *testing.T) {
				replayer := worker.NewWorkflowReplayer()
				replayer.RegisterWorkflowWithOptions(p.run, workflow.RegisterOptions{Name: string(kind)})
				if err := replayer.ReplayWorkflowHistoryFromJSONFile(workflowtest.Quiet(), file); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestRecordedHistoriesHoldIdentifiersTimesAndTasksOnly(t *testing.T) {
	for _, p := range procedures() {
		for _, file := range recorded(t, p.folder) {
			t.Run(p.folder+"/"+filepath.Base(file), func(t *testing.T) { checkHistory(t, file) })
		}
	}
}

func checkHistory(t *testing.T, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	whole := &history.History{}
	if err := protojson.Unmarshal(raw, whole); err != nil {
		t.Fatal(err)
	}
	payloads := 0
	for _, event := range whole.GetEvents() {
		err := protorange.Range(event.ProtoReflect(), func(at protopath.Values) error {
			m, ok := at.Index(-1).Value.Interface().(protoreflect.Message)
			if !ok {
				return nil
			}
			switch v := m.Interface().(type) {
			case *commonpb.Payload:
				payloads++
				for _, complaint := range complaints(v) {
					t.Errorf("event %d holds %s", event.GetEventId(), complaint)
				}
			case *failurepb.Failure:
				// What went wrong is told in words, and words can hold anything. This one is the engine's own:
				// a signal came in while the workflow was about to end, so it looks again.
				if v.GetMessage() == "UnhandledCommand" && v.GetStackTrace() == "" {
					return nil
				}
				t.Errorf("event %d holds a failure: %s", event.GetEventId(), v.GetMessage())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if payloads == 0 {
		t.Error("there is no payload to look at")
	}
}

// The shapes of what may stand in a history.
const (
	identifier = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`
	instant    = `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(Z|[+-][0-9]{2}:[0-9]{2})`
	count      = `-?[0-9]{1,19}`
	word       = `[A-Z]+(_[A-Z]+)*`
	activity   = `[A-Za-z]+(\.[a-z]+)?`
	yesOrNo    = `true|false`
)

// shapes says what may stand in each field of a payload; "" is a payload that is no object.
func shapes() map[string]*regexp.Regexp {
	one := func(shape string) *regexp.Regexp { return regexp.MustCompile(`^(` + shape + `)?$`) }
	return map[string]*regexp.Regexp{
		"":        one(identifier + "|" + instant + "|" + count + "|" + yesOrNo),
		"step":    one(word),
		"as_of":   one(instant),
		"due":     one(instant),
		"wanted":  one(count),
		"call_id": one(identifier),
		"after":   one(identifier),
		"Next":    one(word),
		"AsOf":    one(instant),
		"Due":     one(instant),
		"Report":  one(identifier),
		"Subject": one(identifier),
		// What the engine's library writes about a local activity.
		"ActivityID":   one(count),
		"ActivityType": one(activity),
		"ReplayTime":   one(instant),
		"Attempt":      one(count),
		"Backoff":      one(count),
	}
}

// complaints says what a payload holds that must not stand in a history.
func complaints(p *commonpb.Payload) []string {
	if len(p.GetData()) == 0 {
		return nil // no result
	}
	var value any
	if err := json.Unmarshal(p.GetData(), &value); err != nil {
		return []string{fmt.Sprintf("a payload that nobody can read: %v", err)}
	}
	fields, isObject := value.(map[string]any)
	if !isObject {
		fields = map[string]any{"": value}
	}
	allowed := shapes()
	var found []string
	for name, held := range fields {
		shape, known := allowed[name]
		if !known || !shape.MatchString(textOf(held)) {
			found = append(found, fmt.Sprintf("the field %q with %v", name, held))
		}
	}
	return found
}

// textOf writes a value of JSON as it stands there, a text without its quotes and null as nothing.
func textOf(held any) string {
	switch v := held.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(held)
}

// The check would be worth nothing if it let everything through.
func TestAnythingElseInAPayloadIsFound(t *testing.T) {
	for _, data := range []string{
		`"Kari Eksempel"`, `"kari@example.com"`, `"Kari"`, `{"step":"Kari"}`, `{"name":"WAIT"}`, `["x"]`, `{"Due":"i morgen"}`, `{"Next":{"a":1}}`, `Kari`,
	} {
		if len(complaints(&commonpb.Payload{Data: []byte(data)})) == 0 {
			t.Errorf("%s passes", data)
		}
	}
}
