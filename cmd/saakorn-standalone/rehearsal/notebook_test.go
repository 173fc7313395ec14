package rehearsal

import (
	"reflect"
	"testing"
	"time"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
)

func TestWhatIsRememberedIsReadAsItWasWritten(t *testing.T) {
	folder := t.TempDir()
	if HasNotebook(folder) {
		t.Fatal("an empty folder has no notebook")
	}
	want := Notebook{
		Seed: 7, Years: 5, Next: "2021-02-16", Turn: 2, Duty: 3, Deeds: 40, Proofs: 12, Unbalanced: []string{"on 2020-01-07"}, Measured: 2020,
		Applicants: map[string][]Applicant{"SE-2021": {{"Sykkelverkstedet", saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION}}},
		Histories:  []History{{Year: 2020, Workflow: "payment/1", Events: 90, Bytes: 4000}},
	}
	if err := want.write(folder); err != nil {
		t.Fatal(err)
	}
	got, err := ReadNotebook(folder)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v (%v), wrote %+v", got, err, want)
	}
}

func TestCasesTakeOneStepOnEachOfficeDaySinceTheClose(t *testing.T) {
	closes := time.Date(2019, time.December, 15, 11, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		today string
		want  int
	}{
		{"2019-12-10", 0}, {"2019-12-24", 1}, {"2020-01-07", 2}, {"2020-02-04", 4},
	} {
		today, err := calendar.Parse(test.today)
		if err != nil {
			t.Fatal(err)
		}
		if got := stepsBy(today, closes); got != test.want {
			t.Errorf("%d steps by %s, want %d", got, test.today, test.want)
		}
	}
}
