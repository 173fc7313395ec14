package installation_test

import (
	"log/slog"
	"testing"
	"time"

	"saakorn/services/installation"
	"saakorn/services/installation/installationtest"
)

func TestDevelopmentInstallationKeepsTheTimeThatWasRehearsed(t *testing.T) {
	api := installationtest.New(t)
	now := func() time.Time {
		s := installationtest.Settings(t, api.DatabaseURL)
		s.Rehearsal, s.RehearsalFrom = false, time.Time{}
		again, err := installation.Open(t.Context(), s, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if err := again.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		return again.Clock.Now()
	}
	if before := now(); time.Since(before).Abs() > time.Minute {
		t.Errorf("without a rehearsal it is %s", before)
	}
	to := installationtest.Morning().AddDate(3, 0, 0)
	api.MoveClock(t, to)
	if after := now(); after.Before(to) || after.After(to.Add(time.Minute)) {
		t.Errorf("after a rehearsal it is %s, want %s", after, to)
	}
}
