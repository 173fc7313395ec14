package reporting

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"saakorn/services/reporting"
)

// Postman sends letters that have been written.
type Postman interface {
	Deliver(ctx context.Context, letterID uuid.UUID) error
}

// Activities are the steps of the procedure. They take and return identifiers only, and each can be
// repeated without doing anything twice.
type Activities struct {
	Proceeding *reporting.Proceeding
	Postman    Postman
}

// LookAtReports says what is next about the reports of the award.
func (a *Activities) LookAtReports(ctx context.Context, awardID string) (reporting.Situation, error) {
	id, err := parse(awardID)
	if err != nil {
		return reporting.Situation{}, err
	}
	return a.Proceeding.Look(ctx, id)
}

// PlanReports gives the award its reports.
func (a *Activities) PlanReports(ctx context.Context, awardID string) error {
	return do(ctx, awardID, a.Proceeding.Plan)
}

// WriteReportLetter writes the oldest letter about the report that has not been sent, and returns its identifier.
func (a *Activities) WriteReportLetter(ctx context.Context, reportID string) (string, error) {
	return write(ctx, reportID, a.Proceeding.WritePending)
}

// WriteReportReminder writes the reminder before the due date, and returns its identifier.
func (a *Activities) WriteReportReminder(ctx context.Context, reportID string) (string, error) {
	return write(ctx, reportID, a.Proceeding.WriteReminder)
}

// MarkReportReminded records that the enterprise has been reminded.
func (a *Activities) MarkReportReminded(ctx context.Context, reportID string) error {
	return do(ctx, reportID, a.Proceeding.MarkReminded)
}

// WriteReportOverdue writes the letter that the due date has passed, and returns its identifier.
func (a *Activities) WriteReportOverdue(ctx context.Context, reportID string) (string, error) {
	return write(ctx, reportID, a.Proceeding.WriteOverdue)
}

// MarkReportOverdue records that the due date has passed without a report.
func (a *Activities) MarkReportOverdue(ctx context.Context, reportID string) error {
	return do(ctx, reportID, a.Proceeding.MarkOverdue)
}

// EscalateReport has a manager take up a report that is still missing.
func (a *Activities) EscalateReport(ctx context.Context, reportID string) error {
	return do(ctx, reportID, a.Proceeding.Escalate)
}

// CompareReportAccounts holds the report against the register of accounts.
func (a *Activities) CompareReportAccounts(ctx context.Context, reportID string) error {
	return do(ctx, reportID, a.Proceeding.CompareAccounts)
}

// DeliverReportLetter sends a letter.
func (a *Activities) DeliverReportLetter(ctx context.Context, letterID string) error {
	return do(ctx, letterID, a.Postman.Deliver)
}

func do(ctx context.Context, id string, step func(context.Context, uuid.UUID) error) error {
	parsed, err := parse(id)
	if err != nil {
		return err
	}
	return step(ctx, parsed)
}

// write returns the empty text when there was nothing to write.
func write(ctx context.Context, id string, step func(context.Context, uuid.UUID) (uuid.UUID, error)) (string, error) {
	parsed, err := parse(id)
	if err != nil {
		return "", err
	}
	letterID, err := step(ctx, parsed)
	if err != nil || letterID == uuid.Nil {
		return "", err
	}
	return letterID.String(), nil
}

func parse(id string) (uuid.UUID, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("read an identifier: %w", err)
	}
	return parsed, nil
}
