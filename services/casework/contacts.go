package casework

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/application"
)

// Contacts knows whom an enterprise wants letters to go to (R72).
type Contacts interface {
	Recipients(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID) ([]string, error)
}

// Messages knows what the enterprise has not read.
type Messages interface {
	// Unread returns the messages to the enterprise that nobody there has read, oldest first.
	Unread(ctx context.Context, tx pgx.Tx, applicationID uuid.UUID) ([]uuid.UUID, error)
}

// recipients returns the addresses of the party's contacts as they are now; for an applicant that has
// named none since, they are those named in the application.
func (p *Proceeding) recipients(ctx context.Context, tx pgx.Tx, f File, party uuid.UUID) ([]string, error) {
	named, err := p.Contacts.Recipients(ctx, tx, party)
	if err != nil || len(named) > 0 || party != f.EnterpriseID {
		return named, err
	}
	a, err := p.Submissions.Submission(ctx, tx, f.ApplicationID)
	if err != nil {
		return nil, err
	}
	return application.Recipients(a.Content), nil
}
