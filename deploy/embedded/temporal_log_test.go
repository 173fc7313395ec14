package embedded

import (
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/server/common/log/tag"
)

func TestWhatIsExpectedRightAfterAStartIsNotLogged(t *testing.T) {
	var said syncBuffer
	l := &temporalLogger{logger: slog.New(slog.NewTextHandler(&said, nil)), stopping: new(atomic.Bool)}
	const unread = "Queue reader unable to retrieve tasks"
	l.Error(unread, tag.Error(serviceerror.NewUnavailable("shard status unknown")))
	if said.String() != "" {
		t.Errorf("logged %s", said.String())
	}
	l.Error(unread, tag.Error(errors.New("the database is gone")))
	if !strings.Contains(said.String(), "the database is gone") {
		t.Error("another failure is not logged")
	}
}
