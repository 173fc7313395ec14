package registry_test

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"saakorn/services/enterprise/registry"
)

// settable is a clock that tests move.
type settable struct{ ahead atomic.Int64 }

func (c *settable) now() time.Time           { return noon().Add(time.Duration(c.ahead.Load())) }
func (c *settable) advance(by time.Duration) { c.ahead.Add(int64(by)) }

// disk is a file system that counts what is opened, and that can be out of order.
type disk struct {
	fstest.MapFS
	opened  atomic.Int32
	broken  atomic.Bool
	release chan struct{} // when set, opening waits for it
}

func (d *disk) Open(name string) (fs.File, error) {
	d.opened.Add(1)
	if d.release != nil {
		<-d.release
	}
	if d.broken.Load() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("out of order")}
	}
	return d.MapFS.Open(name)
}

// ReadFile hides that of MapFS, which would not count.
func (d *disk) ReadFile(name string) ([]byte, error) {
	return fs.ReadFile(struct{ fs.FS }{d}, name)
}

func newDisk() *disk {
	return &disk{MapFS: fstest.MapFS{
		"enheter/310000019.json": {Data: []byte(whole)},
		"enheter/310000027.json": {Data: []byte(`{"organisasjonsnummer":"310000027","navn":"BORTE AS","slettedato":"2018-01-01"}`)},
		"enheter/310000035.json": {Data: []byte(`{"organisasjonsnummer":"310000035","navn":"TREDJE AS","organisasjonsform":{"kode":"AS"}}`)},
		"roller/310000019.json":  {Data: []byte(`{"rollegrupper":[]}`)},
	}}
}

func cachedOver(d *disk, clock *settable, options registry.CacheOptions) *registry.Cached {
	return registry.NewCached(registry.NewRecorded(d, clock.now), clock.now, options)
}

func TestAnAnswerIsKeptUntilItIsOld(t *testing.T) {
	d, clock := newDisk(), &settable{}
	cached := cachedOver(d, clock, registry.CacheOptions{FreshFor: time.Hour})
	first := mustFacts(t, cached, "310000019")
	clock.advance(59 * time.Minute)
	if again := mustFacts(t, cached, "310000019"); d.opened.Load() != 1 || !again.AsOf.Equal(first.AsOf) {
		t.Errorf("asked %d times within the hour; as of %s", d.opened.Load(), again.AsOf)
	}
	clock.advance(time.Minute)
	if anew := mustFacts(t, cached, "310000019"); d.opened.Load() != 2 || !anew.AsOf.Equal(clock.now()) {
		t.Errorf("asked %d times after the hour; as of %s", d.opened.Load(), anew.AsOf)
	}
}

func TestEachRegisterIsKeptByItself(t *testing.T) {
	d, clock := newDisk(), &settable{}
	cached := cachedOver(d, clock, registry.CacheOptions{})
	for range 2 {
		mustFacts(t, cached, "310000019")
		if _, err := cached.Roles(t.Context(), "310000019"); err != nil {
			t.Fatal(err)
		}
		if entry, err := cached.Voluntary(t.Context(), "310000019"); err != nil || entry.Registered {
			t.Fatal(entry, err)
		}
	}
	if d.opened.Load() != 3 {
		t.Errorf("asked %d times for three answers", d.opened.Load())
	}
}

func TestAbsenceIsRememberedForAShortTime(t *testing.T) {
	d, clock := newDisk(), &settable{}
	cached := cachedOver(d, clock, registry.CacheOptions{AbsentFor: time.Minute})
	isAbsent := func() {
		t.Helper()
		if _, err := cached.Facts(t.Context(), "310000078"); !errors.Is(err, registry.ErrNeverExisted) {
			t.Errorf("error %v, want ErrNeverExisted", err)
		}
		_, err := cached.Facts(t.Context(), "310000027")
		if _, ok := errors.AsType[*registry.RemovedError](err); !ok {
			t.Errorf("error %v, want *RemovedError", err)
		}
	}
	isAbsent()
	clock.advance(59 * time.Second)
	isAbsent()
	if d.opened.Load() != 2 {
		t.Errorf("asked %d times about two absent enterprises", d.opened.Load())
	}
	clock.advance(time.Second)
	isAbsent()
	if d.opened.Load() != 4 {
		t.Errorf("asked %d times, want once more each", d.opened.Load())
	}
}

func TestAnOldAnswerStandsInForAnOutage(t *testing.T) {
	d, clock := newDisk(), &settable{}
	cached := cachedOver(d, clock, registry.CacheOptions{FreshFor: time.Hour, AbsentFor: time.Minute, StaleFor: 48 * time.Hour})
	asked := mustFacts(t, cached, "310000019").AsOf
	d.broken.Store(true)
	clock.advance(24 * time.Hour)
	for range 3 {
		if facts := mustFacts(t, cached, "310000019"); !facts.AsOf.Equal(asked) {
			t.Errorf("as of %s, want the age of the old answer, %s", facts.AsOf, asked)
		}
	}
	if d.opened.Load() != 2 {
		t.Errorf("the register that is out of order was asked %d times", d.opened.Load()-1)
	}
	if _, err := cached.Facts(t.Context(), "310000035"); !errors.Is(err, registry.ErrUnavailable) {
		t.Errorf("error %v about an enterprise nothing is known of, want ErrUnavailable", err)
	}
	clock.advance(24 * time.Hour)
	if _, err := cached.Facts(t.Context(), "310000019"); !errors.Is(err, registry.ErrUnavailable) {
		t.Errorf("error %v when the answer is too old, want ErrUnavailable", err)
	}
	d.broken.Store(false)
	if facts := mustFacts(t, cached, "310000019"); !facts.AsOf.Equal(clock.now()) {
		t.Errorf("as of %s after the outage, want %s", facts.AsOf, clock.now())
	}
}

func TestRoomIsMadeForNewAnswers(t *testing.T) {
	d, clock := newDisk(), &settable{}
	cached := cachedOver(d, clock, registry.CacheOptions{MaxEntries: 1})
	for range 2 {
		mustFacts(t, cached, "310000019")
		mustFacts(t, cached, "310000035")
	}
	if d.opened.Load() != 4 {
		t.Errorf("asked %d times with room for one answer, want 4", d.opened.Load())
	}
	mustFacts(t, cached, "310000035")
	if d.opened.Load() != 4 {
		t.Error("the newest answer was not kept")
	}
}

func TestCallersAtTheSameTimeShareOneQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, clock := newDisk(), &settable{}
		d.release = make(chan struct{})
		cached := cachedOver(d, clock, registry.CacheOptions{})
		leaving, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := cached.Facts(leaving, "310000019")
			left <- err
		}()
		synctest.Wait()
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				if facts, err := cached.Facts(t.Context(), "310000019"); err != nil || facts.Name != "PRØVE AS" {
					t.Errorf("%+v, %v", facts, err)
				}
			})
		}
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller who left got %v", err)
		}
		close(d.release)
		callers.Wait()
		if d.opened.Load() != 1 {
			t.Errorf("asked %d times for 21 callers", d.opened.Load())
		}
	})
}
