package installation_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
)

func TestOrganisationNumbersThatCannotBeRegistered(t *testing.T) {
	api := installationtest.New(t)
	me := api.As(t.Context(), installationtest.Entrepreneur)
	register := func(number string) error {
		_, err := api.Enterprises.RegisterEnterprise(me, &saakornv1.RegisterEnterpriseRequest{RequestId: uuid.NewString(), OrganizationNumber: number})
		return err
	}
	api.Unchanged(t, func() {
		for _, number := range []string{"310000018", "31000001", "3100000190", "Spirehagen", "３１００００01９", "31000\x00019"} {
			got := installationtest.Refused(t, register(number))
			if got.Code != codes.InvalidArgument || len(got.Fields) != 1 || !strings.HasPrefix(got.Fields[0], "organization_number ") {
				t.Errorf("%q: %+v", number, got)
			}
		}
		// 390000014 was removed from the registry, 310000000 never existed.
		for _, number := range []string{"390000014", "310000000"} {
			if got := installationtest.Refused(t, register(number)); got.Code == codes.OK || got.Code == codes.Internal || got.Reason == "" {
				t.Errorf("%s: %+v", number, got)
			}
		}
	})
}

func TestTheClockOfARehearsalMovesForwardAndNotTooFar(t *testing.T) {
	api := installationtest.New(t)
	operator := api.As(t.Context(), installationtest.Administrator)
	for name, tt := range map[string]struct {
		to   *timestamppb.Timestamp
		want string
	}{
		"back":                 {timestamppb.New(api.Now().Add(-time.Minute)), "to IN_THE_PAST"},
		"beyond what is known": {timestamppb.New(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), "to TOO_FAR"},
		"to no moment":         {nil, "to REQUIRED"},
	} {
		t.Run(name, func(t *testing.T) {
			api.Unchanged(t, func() {
				_, err := api.Rehearsal.MoveClock(operator, &saakornv1.MoveClockRequest{To: tt.to})
				installationtest.WantInvalid(t, err, tt.want)
			})
		})
	}
	to := api.Now().AddDate(0, 1, 0)
	api.MoveClock(t, to)
	if now := api.Now(); now.Before(to) || now.After(to.Add(time.Minute)) {
		t.Errorf("it is %s, want %s", now, to)
	}
	again := installationtest.Start(t, installationtest.Options{DatabaseURL: api.DatabaseURL})
	if now := again.Now(); now.Before(to) || now.After(to.Add(time.Minute)) {
		t.Errorf("after a restart it is %s, want %s", now, to)
	}
}

// answer is what the JSON API says of a request that was refused.
type answer struct {
	Code    codes.Code
	Message string
	Details []struct {
		Reason          string
		FieldViolations []struct{ Field, Reason string }
	}
}

func post(t *testing.T, api *installationtest.API, path, body string) (int, answer) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api.HTTP+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+api.Token(t.Context(), installationtest.Entrepreneur))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		t.Fatalf("%s is no JSON: %v", raw, err)
	}
	return response.StatusCode, a
}

func TestJSONThatIsRefused(t *testing.T) {
	api := installationtest.New(t)
	id := uuid.NewString()
	tests := []struct{ name, body, reason, field string }{
		{"cut short", `{"request_id": "`, "MALFORMED_JSON", ""},
		{"no object", `[]`, "MALFORMED_JSON", ""},
		{"an unknown field", fmt.Sprintf(`{"request_id": %q, "colour": "red"}`, id), "MALFORMED_JSON", ""},
		{"a number that is none", `{"type": 1e400}`, "MALFORMED_JSON", ""},
		{"an enum value that does not exist", `{"type": "APPLICATION_TYPE_HOBBY"}`, "MALFORMED_JSON", ""},
		{"text that is not UTF-8", "{\"call_id\": \"\xff\"}", "MALFORMED_JSON", ""},
		{"half a surrogate", `{"call_id": "\ud800"}`, "MALFORMED_JSON", ""},
		{"too large", `{"call_id": "` + strings.Repeat("a", 17<<20) + `"}`, "MALFORMED_JSON", ""},
		{"a NUL character", fmt.Sprintf(`{"request_id": %q, "call_id": %q, "enterprise_id": "\u0000", "type": "APPLICATION_TYPE_NEW_ORDINARY"}`, id, id), "INVALID_FIELDS", "enterprise_id"},
		{"an identifier that is none", fmt.Sprintf(`{"request_id": %q, "call_id": "1", "enterprise_id": %q, "type": "APPLICATION_TYPE_NEW_ORDINARY"}`, id, id), "INVALID_FIELDS", "call_id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api.Unchanged(t, func() {
				status, got := post(t, api, "/v1/applications", tt.body)
				if status != http.StatusBadRequest || got.Code != codes.InvalidArgument || got.Message == "" || len(got.Details) == 0 || got.Details[0].Reason != tt.reason {
					t.Errorf("%d %.300v, want the reason %s", status, got, tt.reason)
				}
				if tt.field != "" && (len(got.Details) != 2 || got.Details[1].FieldViolations[0].Field != tt.field) {
					t.Errorf("%v, want it to name %s", got, tt.field)
				}
			})
		})
	}
}
