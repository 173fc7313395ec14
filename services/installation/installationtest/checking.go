package installationtest

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Refusal is what a caller is told of a call that was refused.
type Refusal struct {
	Code   codes.Code
	Reason string
	// Fields are the violations, each as "field REASON", sorted.
	Fields []string
	// Facts go with the reason, for example current_etag.
	Facts map[string]string
}

// Refused returns what the error tells the caller.
func Refused(t testing.TB, err error) Refusal {
	t.Helper()
	s, ok := status.FromError(err)
	if !ok {
		t.Fatalf("%v is no gRPC status", err)
	}
	if s.Code() != codes.OK && s.Message() == "" {
		t.Error("the refusal says nothing to a person")
	}
	r := Refusal{Code: s.Code()}
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			r.Reason, r.Facts = d.GetReason(), d.GetMetadata()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				r.Fields = append(r.Fields, strings.TrimSpace(v.GetField()+" "+v.GetReason()))
			}
		}
	}
	slices.Sort(r.Fields)
	return r
}

// WantRefused demands a refusal with the code and the reason, that names exactly these fields, each
// as "field REASON".
func WantRefused(t testing.TB, err error, code codes.Code, reason string, fields ...string) {
	t.Helper()
	got := Refused(t, err)
	want := Refusal{Code: code, Reason: reason, Fields: slices.Sorted(slices.Values(fields)), Facts: got.Facts}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v\nrefusal (-want +got):\n%s", err, diff)
	}
}

// WantInvalid demands a refusal that names exactly these fields, each as "field REASON".
func WantInvalid(t testing.TB, err error, fields ...string) {
	t.Helper()
	WantRefused(t, err, codes.InvalidArgument, "INVALID_FIELDS", fields...)
}

// Unchanged does something and demands that not a single row of the database is different after it.
func (a *API) Unchanged(t testing.TB, do func()) {
	t.Helper()
	before := a.tables(t)
	do()
	if diff := cmp.Diff(before, a.tables(t)); diff != "" {
		t.Errorf("the database has changed (-before +after):\n%s", diff)
	}
}

// content says how many rows a table has, and a sum over what they hold.
type content struct{ Rows, Sum int64 }

func (a *API) tables(t testing.TB) map[string]content {
	t.Helper()
	// CollectRows tells the error of the query too.
	rows, _ := a.Installation.Pool.Query(t.Context(), `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]content{}
	for _, name := range names {
		var c content
		err := a.Installation.Pool.QueryRow(t.Context(), `SELECT count(*), coalesce(sum(hashtextextended(r::text, 0) % 1000000007), 0)::bigint
			FROM `+pgx.Identifier{name}.Sanitize()+` r`).Scan(&c.Rows, &c.Sum)
		if err != nil {
			t.Fatal(err)
		}
		tables[name] = c
	}
	return tables
}

// Count returns the number that the query yields.
func (a *API) Count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := a.Installation.Pool.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Files returns how many files the installation keeps.
func (a *API) Files(t testing.TB) int {
	t.Helper()
	count := 0
	err := filepath.WalkDir(a.folder, func(path string, entry fs.DirEntry, err error) error {
		// Each file has its facts beside it.
		if err == nil && !entry.IsDir() && filepath.Ext(path) != ".attrs" {
			count++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}
