package followup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/followup/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/task"
	"saakorn/services/reporting"
	"saakorn/services/scheme"
)

// ExampleState is where an example stands.
type ExampleState string

// The states of an example.
const (
	ExampleDraft ExampleState = "DRAFT"
	Consented    ExampleState = "CONSENTED" // the enterprise has consented to it as it is
	Published    ExampleState = "PUBLISHED"
	Withdrawn    ExampleState = "WITHDRAWN"
)

// Example is what others can learn from, whether it succeeded or not (R45, R47).
type Example struct {
	ID           uuid.UUID
	Revision     int64
	LifecycleID  uuid.UUID
	EnterpriseID uuid.UUID
	ReportID     uuid.UUID
	Content      *saakornv1.ExampleContent
	State        ExampleState
	DraftedBy    string
	ConsentedBy  string
	ConsentedAt  *time.Time
	ApprovedBy   string
	PublishedAt  *time.Time
	WithdrawnBy  string
	WithdrawnAt  *time.Time
	Views        int64
	Adoptions    int32
}

// Etag names the revision; it changes with every change of the example, and not when somebody reads it.
func (e Example) Etag() string { return etag(e.Revision) }

func (e Example) checkState(allowed ...ExampleState) error {
	if slices.Contains(allowed, e.State) {
		return nil
	}
	return fault.NewPrecondition("WRONG_STATE", fmt.Sprintf("the example is %s, and this belongs to another state", e.State))
}

// Rewrite returns the example with another content. A consent to what stood there before is gone.
func Rewrite(e Example, content *saakornv1.ExampleContent) (Example, error) {
	if err := e.checkState(ExampleDraft, Consented); err != nil {
		return e, err
	}
	e.Content, e.State, e.ConsentedBy, e.ConsentedAt = content, ExampleDraft, "", nil
	return e, nil
}

// Consent returns the example as it is after the enterprise has consented to it.
func Consent(e Example, by string, now time.Time) (Example, error) {
	if err := e.checkState(ExampleDraft); err != nil {
		return e, err
	}
	var missing []fault.Violation
	for _, f := range []struct{ field, text string }{
		{"title", e.Content.GetTitle()}, {"problem", e.Content.GetProblem()}, {"method", e.Content.GetMethod()}, {"result", e.Content.GetResult()},
	} {
		if strings.TrimSpace(f.text) == "" {
			missing = append(missing, fault.Violation{Field: "content." + f.field, Reason: "REQUIRED", Description: "an example says what the problem was, what was done and what came of it"})
		}
	}
	if len(missing) > 0 {
		return e, fault.NewInvalid(missing...)
	}
	e.State, e.ConsentedBy, e.ConsentedAt = Consented, by, &now
	return e, nil
}

// Publish returns the example as it is after publication. Nobody publishes what they drafted.
func Publish(e Example, by string, now time.Time) (Example, error) {
	if err := e.checkState(Consented); err != nil {
		return e, err
	}
	if e.DraftedBy == by {
		return e, errFourEyes()
	}
	e.State, e.ApprovedBy, e.PublishedAt = Published, by, &now
	return e, nil
}

func errFourEyes() error {
	return fault.NewDenied("FOUR_EYES", "you have drafted this example: somebody else publishes it")
}

// Withdraw returns the example as it is after it has been taken back.
func Withdraw(e Example, by string, now time.Time) (Example, error) {
	if err := e.checkState(ExampleDraft, Consented, Published); err != nil {
		return e, err
	}
	e.State, e.WithdrawnBy, e.WithdrawnAt = Withdrawn, by, &now
	return e, nil
}

// DraftOf returns what an example begins with: what the approved report and the application say.
func DraftOf(report *saakornv1.ReportContent, applied *saakornv1.ApplicationContent) *saakornv1.ExampleContent {
	n := report.GetNarrative()
	return &saakornv1.ExampleContent{
		Title: applied.GetTitle(), Problem: cut(applied.GetProblem(), 5000), Method: cut(n.GetWorked(), 10000), Result: cut(n.GetSummary(), 10000),
		Prerequisites: cut(report.GetLearning().GetCanBeCopied(), 5000), DidNotWork: cut(n.GetDidNotWork(), 10000),
		TargetGroup: cut(applied.GetTargetGroup().GetDescription(), 300),
	}
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), most)])
}

// ExampleServer answers the ExampleService of the contract.
type ExampleServer struct {
	saakornv1.UnimplementedExampleServiceServer
	*Server
}

func exampleKey(id uuid.UUID, what string) string { return fmt.Sprintf("example/%s/%s", what, id) }

// DraftExample drafts an example from an approved final report.
func (s *ExampleServer) DraftExample(ctx context.Context, r *saakornv1.DraftExampleRequest) (*saakornv1.DraftExampleResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DraftExampleResponse, error) {
		report, err := s.Reports.Report(ctx, tx, uuid.MustParse(r.GetReportId()))
		if err != nil {
			return nil, err
		}
		if report.State != reporting.Approved || report.Kind != scheme.FinalReport {
			return nil, fault.NewPrecondition("REPORT_NOT_APPROVED", "an example is drafted from an approved final report")
		}
		said, err := s.Reports.Submission(ctx, tx, report)
		if err != nil {
			return nil, err
		}
		applied, err := s.Applications.Submission(ctx, tx, report.ApplicationID)
		if err != nil {
			return nil, err
		}
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		e := Example{
			ID: uuid.Must(uuid.NewV7()), Revision: 1, LifecycleID: report.LifecycleID, EnterpriseID: report.EnterpriseID, ReportID: report.ID,
			Content: DraftOf(said, applied.Content), State: ExampleDraft, DraftedBy: caller.ID,
		}
		content, err := protojson.Marshal(e.Content)
		if err != nil {
			return nil, fmt.Errorf("encode an example: %w", err)
		}
		inserted, err := db.New(tx).InsertExample(ctx, db.InsertExampleParams{
			ID: e.ID, LifecycleID: e.LifecycleID, EnterpriseID: e.EnterpriseID, SchemeID: report.SchemeID, ReportID: e.ReportID, Content: content,
			DraftedBy: caller.ID, DraftedAt: now,
		})
		if err != nil {
			return nil, fmt.Errorf("draft an example: %w", err)
		}
		if inserted == 0 {
			return nil, fault.NewExists("EXAMPLE_EXISTS", "an example has been drafted from this report already")
		}
		err = record(ctx, tx, "example", e.ID, "EXAMPLE_DRAFTED", now, nil, map[string]any{"report_id": e.ReportID})
		return &saakornv1.DraftExampleResponse{Example: presentExample(e, "")}, err
	})
}

// exampleEdit is a request that changes one example.
type exampleEdit interface {
	GetExampleId() string
	GetEtag() string
}

func (s *ExampleServer) edit(ctx context.Context, tx pgx.Tx, r exampleEdit, action string, do func(e Example, by string, now time.Time) (Example, error)) (*saakornv1.Example, error) {
	id := uuid.MustParse(r.GetExampleId())
	if _, err := db.New(tx).LockExample(ctx, id); err != nil {
		return nil, notFound("example", err)
	}
	e, err := getExample(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if r.GetEtag() != e.Etag() {
		return nil, fault.NewConflict(e.Etag())
	}
	caller, _ := access.From(ctx)
	now := s.Clock.Now()
	before := map[string]any{"state": e.State}
	if e, err = do(e, caller.ID, now); err != nil {
		return nil, err
	}
	if err := saveExample(ctx, tx, &e); err != nil {
		return nil, err
	}
	if err := followExample(ctx, tx, e, now); err != nil {
		return nil, err
	}
	return presentExample(e, ""), record(ctx, tx, "example", e.ID, action, now, before, map[string]any{"state": e.State})
}

// followExample asks somebody to publish what has been consented to, and takes the task back when it no longer is.
func followExample(ctx context.Context, tx pgx.Tx, e Example, now time.Time) error {
	key := exampleKey(e.ID, "publish")
	if e.ConsentedAt != nil {
		key += "/" + e.ConsentedAt.Format(time.RFC3339Nano)
	}
	if e.State == Consented {
		_, err := task.Raise(ctx, tx, task.Task{Key: key, Kind: "EXAMPLE_TO_PUBLISH", LifecycleID: e.LifecycleID, SubjectID: e.ID, Role: saakornv1.Role_ROLE_DECISION_MAKER}, now)
		return err
	}
	_, err := task.Settle(ctx, tx, key, now)
	return err
}

// UpdateExample changes a draft.
func (s *ExampleServer) UpdateExample(ctx context.Context, r *saakornv1.UpdateExampleRequest) (*saakornv1.UpdateExampleResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	if err := s.mayChange(ctx, r.GetExampleId(), true); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.UpdateExampleResponse, error) {
		e, err := s.edit(ctx, tx, r, "EXAMPLE_CHANGED", func(e Example, _ string, _ time.Time) (Example, error) { return Rewrite(e, r.GetContent()) })
		return &saakornv1.UpdateExampleResponse{Example: e}, err
	})
}

// ConsentToExample records the enterprise's consent.
func (s *ExampleServer) ConsentToExample(ctx context.Context, r *saakornv1.ConsentToExampleRequest) (*saakornv1.ConsentToExampleResponse, error) {
	if err := s.mayChange(ctx, r.GetExampleId(), false); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ConsentToExampleResponse, error) {
		e, err := s.edit(ctx, tx, r, "EXAMPLE_CONSENTED_TO", Consent)
		return &saakornv1.ConsentToExampleResponse{Example: e}, err
	})
}

// PublishExample approves and publishes what the enterprise has consented to.
func (s *ExampleServer) PublishExample(ctx context.Context, r *saakornv1.PublishExampleRequest) (*saakornv1.PublishExampleResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.PublishExampleResponse, error) {
		e, err := s.edit(ctx, tx, r, "EXAMPLE_PUBLISHED", Publish)
		return &saakornv1.PublishExampleResponse{Example: e}, err
	})
}

// WithdrawExample takes an example back.
func (s *ExampleServer) WithdrawExample(ctx context.Context, r *saakornv1.WithdrawExampleRequest) (*saakornv1.WithdrawExampleResponse, error) {
	if err := s.mayChange(ctx, r.GetExampleId(), true); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.WithdrawExampleResponse, error) {
		e, err := s.edit(ctx, tx, r, "EXAMPLE_WITHDRAWN", Withdraw)
		return &saakornv1.WithdrawExampleResponse{Example: e}, err
	})
}

// mayChange refuses whoever may not edit for the example's enterprise; officers may where that is said.
func (s *ExampleServer) mayChange(ctx context.Context, id string, officers bool) error {
	e, err := getExample(ctx, s.Pool, uuid.MustParse(id))
	if err != nil {
		return err
	}
	if officers {
		return mineOrOfficer(ctx, s.Enterprises, e.EnterpriseID, "example")
	}
	return mine(ctx, s.Enterprises, e.EnterpriseID, "example")
}

// GetExample returns an example. What has not been published is for its enterprise and for staff.
func (s *ExampleServer) GetExample(ctx context.Context, r *saakornv1.GetExampleRequest) (*saakornv1.GetExampleResponse, error) {
	e, err := getExample(ctx, s.Pool, uuid.MustParse(r.GetExampleId()))
	if err != nil {
		return nil, err
	}
	if e.State != Published {
		if _, _, err := s.lifecycle(ctx, e.LifecycleID.String()); fault.Is(err, "NOT_FOUND") {
			return nil, fault.NewNotFound("example")
		} else if err != nil {
			return nil, err
		}
	}
	p, err := s.named(ctx, e)
	if caller, _ := access.From(ctx); caller.Has(access.Staff()...) {
		p.DraftedBy = e.DraftedBy
	}
	return &saakornv1.GetExampleResponse{Example: p}, err
}

func (s *ExampleServer) named(ctx context.Context, e Example) (*saakornv1.Example, error) {
	party, err := s.Enterprises.Enterprise(ctx, e.EnterpriseID)
	return presentExample(e, party.Name), err
}

type examplePlace struct {
	At time.Time
	ID uuid.UUID
}

// ListExamples searches the published examples; staff may ask for those in another state.
func (s *ExampleServer) ListExamples(ctx context.Context, r *saakornv1.ListExamplesRequest) (*saakornv1.ListExamplesResponse, error) {
	rows, next, err := s.examples(ctx, r)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListExamplesResponse{NextPageToken: next}
	for _, row := range rows {
		e, err := decodeExample(row)
		if err != nil {
			return nil, err
		}
		p, err := s.named(ctx, e)
		if err != nil {
			return nil, err
		}
		answer.Examples = append(answer.Examples, p)
	}
	return answer, nil
}

// examples returns one page of what is asked for, and the token of the next.
func (s *ExampleServer) examples(ctx context.Context, r *saakornv1.ListExamplesRequest) ([]db.GetExampleRow, string, error) {
	from, err := page.Place(r, examplePlace{time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max})
	if err != nil {
		return nil, "", err
	}
	state := r.GetState()
	if state == saakornv1.ExampleState_EXAMPLE_STATE_UNSPECIFIED || state == saakornv1.ExampleState_EXAMPLE_STATE_PUBLISHED {
		found, err := db.New(s.Pool).ListExamples(ctx, db.ListExamplesParams{
			Query: strings.TrimSpace(r.GetQuery()), BeforeAt: from.At, BeforeID: from.ID, RowLimit: int32(page.Size(r) + 1),
		})
		if err != nil {
			return nil, "", fmt.Errorf("search examples: %w", err)
		}
		rows := decodeAll(found, func(row db.ListExamplesRow) db.GetExampleRow { return db.GetExampleRow(row) })
		return page.Cut(r, rows, func(last db.GetExampleRow) examplePlace { return examplePlace{*last.PublishedAt, last.ID} })
	}
	if caller, _ := access.From(ctx); !caller.Has(access.Staff()...) {
		return nil, "", fault.NewDenied("ROLE_MISSING", "only the directorate lists examples that have not been published")
	}
	found, err := db.New(s.Pool).ListExamplesInState(ctx, db.ListExamplesInStateParams{
		State: strings.TrimPrefix(state.String(), "EXAMPLE_STATE_"), BeforeAt: from.At, BeforeID: from.ID, RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, "", fmt.Errorf("list examples: %w", err)
	}
	rows := decodeAll(found, func(row db.ListExamplesInStateRow) db.GetExampleRow { return db.GetExampleRow(row) })
	return page.Cut(r, rows, func(last db.GetExampleRow) examplePlace { return examplePlace{last.DraftedAt, last.ID} })
}

// ListLifecycleExamples returns the examples of a lifecycle, so that the contributor sees what became of them.
func (s *ExampleServer) ListLifecycleExamples(ctx context.Context, r *saakornv1.ListLifecycleExamplesRequest) (*saakornv1.ListLifecycleExamplesResponse, error) {
	l, _, err := s.lifecycle(ctx, r.GetLifecycleId())
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListLifecycleExamples(ctx, l.ID)
	if err != nil {
		return nil, fmt.Errorf("list examples: %w", err)
	}
	answer := &saakornv1.ListLifecycleExamplesResponse{}
	for _, row := range rows {
		e, err := decodeExample(db.GetExampleRow(row))
		if err != nil {
			return nil, err
		}
		answer.Examples = append(answer.Examples, presentExample(e, ""))
	}
	return answer, nil
}

// CountExampleView counts that somebody has read the example; a repeated request counts once.
func (s *ExampleServer) CountExampleView(ctx context.Context, r *saakornv1.CountExampleViewRequest) (*saakornv1.CountExampleViewResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CountExampleViewResponse, error) {
		views, err := db.New(tx).CountView(ctx, uuid.MustParse(r.GetExampleId()))
		if err != nil {
			return nil, notFound("example", err)
		}
		return &saakornv1.CountExampleViewResponse{Views: views}, nil
	})
}

// AdoptExample tells that somebody has taken the example into use. A person counts once.
func (s *ExampleServer) AdoptExample(ctx context.Context, r *saakornv1.AdoptExampleRequest) (*saakornv1.AdoptExampleResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AdoptExampleResponse, error) {
		e, err := getExample(ctx, tx, uuid.MustParse(r.GetExampleId()))
		if err != nil {
			return nil, err
		}
		if e.State != Published {
			return nil, fault.NewNotFound("example")
		}
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		err = db.New(tx).AdoptExample(ctx, db.AdoptExampleParams{ExampleID: e.ID, PersonID: caller.ID, Place: r.GetPlace(), Note: r.GetNote(), AdoptedAt: now})
		if err != nil {
			return nil, fmt.Errorf("adopt an example: %w", err)
		}
		if err := record(ctx, tx, "example", e.ID, "EXAMPLE_ADOPTED", now, nil, map[string]any{"place": r.GetPlace()}); err != nil {
			return nil, err
		}
		e, err = getExample(ctx, tx, e.ID)
		return &saakornv1.AdoptExampleResponse{Example: presentExample(e, "")}, err
	})
}

func getExample(ctx context.Context, q Querier, id uuid.UUID) (Example, error) {
	row, err := db.New(q).GetExample(ctx, id)
	if err != nil {
		return Example{}, notFound("example", err)
	}
	return decodeExample(row)
}

func decodeExample(row db.GetExampleRow) (Example, error) {
	e := Example{
		ID: row.ID, Revision: row.Revision, LifecycleID: row.LifecycleID, EnterpriseID: row.EnterpriseID, ReportID: row.ReportID,
		Content: &saakornv1.ExampleContent{}, State: ExampleState(row.State), DraftedBy: row.DraftedBy, ConsentedBy: orEmpty(row.ConsentedBy),
		ConsentedAt: row.ConsentedAt, ApprovedBy: orEmpty(row.ApprovedBy), PublishedAt: row.PublishedAt, WithdrawnAt: row.WithdrawnAt,
		Views: row.Views, Adoptions: row.Adoptions,
	}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(row.Content, e.Content); err != nil {
		return e, fmt.Errorf("decode an example: %w", err)
	}
	return e, nil
}

func saveExample(ctx context.Context, tx pgx.Tx, e *Example) error {
	content, err := protojson.Marshal(e.Content)
	if err != nil {
		return fmt.Errorf("encode an example: %w", err)
	}
	c := e.Content
	e.Revision, err = db.New(tx).UpdateExample(ctx, db.UpdateExampleParams{
		ID: e.ID, Content: content, State: string(e.State), ConsentedBy: orNull(e.ConsentedBy), ConsentedAt: e.ConsentedAt,
		ApprovedBy: orNull(e.ApprovedBy), PublishedAt: e.PublishedAt, WithdrawnBy: orNull(e.WithdrawnBy), WithdrawnAt: e.WithdrawnAt,
		SearchText: strings.Join([]string{c.GetTitle(), c.GetProblem(), c.GetMethod(), c.GetResult(), c.GetTargetGroup(), c.GetPlace()}, " "),
	})
	if database.Violates(err, "example_four_eyes") {
		return errFourEyes()
	}
	if err != nil {
		return fmt.Errorf("save an example: %w", err)
	}
	return nil
}

func presentExample(e Example, enterpriseName string) *saakornv1.Example {
	return &saakornv1.Example{
		Id: e.ID.String(), Etag: e.Etag(), LifecycleId: e.LifecycleID.String(), EnterpriseId: e.EnterpriseID.String(), EnterpriseName: enterpriseName,
		ReportId: e.ReportID.String(), Content: e.Content, State: saakornv1.ExampleState(saakornv1.ExampleState_value["EXAMPLE_STATE_"+string(e.State)]),
		PublishedAt: optionalTime(e.PublishedAt), Views: e.Views, Adoptions: e.Adoptions, ConsentedAt: optionalTime(e.ConsentedAt),
	}
}
