package rehearsal

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// patience is how long one call may take.
const patience = 30 * time.Second

// actor is a fictional person who has signed in and acts through the contract alone.
type actor struct {
	id           string
	continuation saakornv1.ContinuationServiceClient
	schemes      saakornv1.SchemeServiceClient
	calls        saakornv1.CallServiceClient
	enterprises  saakornv1.EnterpriseServiceClient
	applications saakornv1.ApplicationServiceClient
	cases        saakornv1.CaseServiceClient
	completeness saakornv1.CompletenessServiceClient
	impartiality saakornv1.ImpartialityServiceClient
	appeals      saakornv1.AppealServiceClient
	entries      saakornv1.JournalServiceClient
	letters      saakornv1.LetterServiceClient
	rehearsal    saakornv1.RehearsalServiceClient

	grants     saakornv1.GrantServiceClient
	measures   saakornv1.MeasureServiceClient
	changes    saakornv1.ChangeRequestServiceClient
	tasks      saakornv1.TaskServiceClient
	portfolio  saakornv1.PortfolioServiceClient
	payments   saakornv1.PaymentServiceClient
	accounts   saakornv1.PayeeAccountServiceClient
	banks      saakornv1.BankServiceClient
	ledger     saakornv1.LedgerServiceClient
	recoveries saakornv1.RecoveryServiceClient
	reports    saakornv1.ReportingServiceClient
	followup   saakornv1.FollowupServiceClient
}

// cast is everybody who takes part.
type cast struct {
	conn    *grpc.ClientConn
	journal *journal
	mu      sync.Mutex
	actors  map[string]*actor
}

// assemble connects to the API.
func assemble(address string) (*cast, error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connect to the API: %w", err)
	}
	return &cast{conn: conn, journal: &journal{declarations: map[visit]bool{}, cases: map[string]string{}}, actors: map[string]*actor{}}, nil
}

// as returns the person, who signs in the first time.
func (c *cast) as(ctx context.Context, id string) (*actor, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.actors[id]; ok {
		return known, nil
	}
	r, err := saakornv1.NewDevelopmentServiceClient(c.conn).IssueDevelopmentToken(ctx, &saakornv1.IssueDevelopmentTokenRequest{UserId: id})
	if err != nil {
		return nil, fmt.Errorf("sign in %s: %w", id, err)
	}
	voice := voice{c.conn, id, r.GetToken(), c.journal}
	c.actors[id] = &actor{
		id: id, schemes: saakornv1.NewSchemeServiceClient(voice), calls: saakornv1.NewCallServiceClient(voice),
		enterprises: saakornv1.NewEnterpriseServiceClient(voice), applications: saakornv1.NewApplicationServiceClient(voice),
		cases: saakornv1.NewCaseServiceClient(voice), completeness: saakornv1.NewCompletenessServiceClient(voice),
		impartiality: saakornv1.NewImpartialityServiceClient(voice), appeals: saakornv1.NewAppealServiceClient(voice),
		entries: saakornv1.NewJournalServiceClient(voice), letters: saakornv1.NewLetterServiceClient(voice),
		rehearsal: saakornv1.NewRehearsalServiceClient(voice),
	}
	a := c.actors[id]
	a.continuation = saakornv1.NewContinuationServiceClient(voice)
	a.grants, a.measures = saakornv1.NewGrantServiceClient(voice), saakornv1.NewMeasureServiceClient(voice)
	a.changes, a.tasks = saakornv1.NewChangeRequestServiceClient(voice), saakornv1.NewTaskServiceClient(voice)
	a.portfolio, a.payments = saakornv1.NewPortfolioServiceClient(voice), saakornv1.NewPaymentServiceClient(voice)
	a.accounts, a.banks = saakornv1.NewPayeeAccountServiceClient(voice), saakornv1.NewBankServiceClient(voice)
	a.ledger, a.recoveries = saakornv1.NewLedgerServiceClient(voice), saakornv1.NewRecoveryServiceClient(voice)
	a.reports, a.followup = saakornv1.NewReportingServiceClient(voice), saakornv1.NewFollowupServiceClient(voice)
	return a, nil
}

// upload sends a file in one chunk and returns the application's new etag.
func (c *cast) upload(ctx context.Context, a *actor, h *saakornv1.UploadHeader, file []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := a.applications.UploadAttachment(ctx)
	if err != nil {
		return "", fmt.Errorf("upload a file: %w", err)
	}
	for _, part := range []*saakornv1.UploadAttachmentRequest{
		{Part: &saakornv1.UploadAttachmentRequest_Header{Header: h}}, {Part: &saakornv1.UploadAttachmentRequest_Chunk{Chunk: file}},
	} {
		if err := stream.Send(part); err != nil {
			break // the server has answered early: CloseAndRecv tells what
		}
	}
	r, err := stream.CloseAndRecv()
	if err != nil {
		return "", fmt.Errorf("upload a file: %w", err)
	}
	c.journal.note(a.id, h.GetRequestId(), true)
	return r.GetEtag(), nil
}

// voice is a connection on which one person speaks.
type voice struct {
	conn    *grpc.ClientConn
	actor   string
	token   string
	journal *journal
}

// Invoke makes a call in the person's name, and notes whether a change was made.
func (v voice) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	x, visits := v.journal.approach(v.actor, args)
	err := v.conn.Invoke(v.signed(ctx), method, args, reply, opts...)
	if visits {
		x.let = err == nil
		v.journal.visit(x)
	}
	if declaration, ok := args.(*saakornv1.DeclareImpartialityRequest); ok && err == nil {
		v.journal.declare(v.actor, declaration.GetCaseId())
	}
	if change, ok := args.(interface{ GetRequestId() string }); ok {
		v.journal.note(v.actor, change.GetRequestId(), err == nil)
	}
	return err
}

// NewStream opens a stream in the person's name.
func (v voice) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return v.conn.NewStream(v.signed(ctx), desc, method, opts...)
}

func (v voice) signed(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+v.token)
}

// journal is what the players know themselves: which of their changes were accepted, and what they
// were let into.
type journal struct {
	mu                sync.Mutex
	accepted, refused []request
	refusals          []refusal
	glimpses          tally
	declarations      map[visit]bool
	visits            []visit
	// cases holds the case of each application.
	cases map[string]string
}

// visit is an attempt of a person to see or change a case in which they have to be impartial.
type visit struct {
	actor, caseID string
	// undeclared tells that nothing had been declared before, let that the person was let in.
	undeclared, let bool
}

// request names one change that somebody asked for.
type request struct{ actor, id string }

// refusal is an attempt that must not succeed.
type refusal struct {
	attempt, reason string
	// got is the reason that was given; empty when the attempt succeeded.
	got string
}

// tally counts what was looked at and what was wrong.
type tally struct {
	checked  int
	examples []string
}

func (j *journal) note(actor, id string, accepted bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if accepted {
		j.accepted = append(j.accepted, request{actor, id})
		return
	}
	j.refused = append(j.refused, request{actor, id})
}

// declare notes that the person has declared in the case.
func (j *journal) declare(actor, caseID string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.declarations[visit{actor: actor, caseID: caseID}] = true
}

// declared tells whether the person has declared in the case.
func (j *journal) declared(actor, caseID string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.declarations[visit{actor: actor, caseID: caseID}]
}

// opened notes which case an application has.
func (j *journal) opened(applicationID, caseID string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cases[applicationID] = caseID
}

// approach tells whether the request is to see or change a case in which the person has to be impartial, and
// which. What one needs in order to declare is none: the rows of lists, hints, and the declaration itself.
func (j *journal) approach(actor string, args any) (visit, bool) {
	if !mustBeImpartial(actor) {
		return visit{}, false
	}
	switch args.(type) {
	case *saakornv1.DeclareImpartialityRequest, *saakornv1.ListDeclarationsRequest, *saakornv1.ListImpartialityHintsRequest, *saakornv1.ListCasesRequest:
		return visit{}, false
	}
	x := visit{actor: actor}
	if of, ok := args.(interface{ GetCaseId() string }); ok {
		x.caseID = of.GetCaseId()
	} else if of, ok := args.(interface{ GetApplicationId() string }); ok {
		j.mu.Lock()
		x.caseID = j.cases[of.GetApplicationId()]
		j.mu.Unlock()
	}
	x.undeclared = !j.declared(actor, x.caseID)
	return x, x.caseID != ""
}

// visit notes how an attempt to see or change a case went.
func (j *journal) visit(x visit) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.visits = append(j.visits, x)
}

// mustRefuse notes an attempt that has to be refused with the reason. It fails when the play cannot
// go on as told: when the attempt succeeded.
func (j *journal) mustRefuse(attempt, reason string, err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.refusals = append(j.refusals, refusal{attempt, reason, reasonOf(err)})
	if err == nil {
		return fmt.Errorf("%s was accepted: it has to be refused with %s", attempt, reason)
	}
	return nil
}

// glimpse notes that somebody has looked at a case, and what they should not have seen.
func (j *journal) glimpse(wrong string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.glimpses.checked++
	if wrong != "" {
		j.glimpses.examples = append(j.glimpses.examples, wrong)
	}
}

// reasonOf returns the stable reason that a refusal carries, or its code; empty without an error. A
// field that is wrong has a reason of its own.
func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	s, ok := status.FromError(err)
	if !ok {
		return "UNKNOWN"
	}
	reason := s.Code().String()
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			reason = d.GetReason()
		case *errdetails.BadRequest:
			if len(d.GetFieldViolations()) == 1 {
				return d.GetFieldViolations()[0].GetReason()
			}
		}
	}
	return reason
}

// fresh returns a new identifier for a change.
func fresh() string { return uuid.NewString() }

// together does the work on every item, several at a time, and returns what went wrong first. The
// rest is left undone then.
func together[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	const atOnce = 8
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for _, item := range items {
		room <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		running.Go(func() {
			defer func() { <-room }()
			if err := do(ctx, item); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
