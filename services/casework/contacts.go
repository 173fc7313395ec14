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

// recipients returns the addresses of the enterprise's contacts as they are now, and those named in
// the application when the enterprise has named none since.
func (p *Proceeding) recipients(ctx context.Context, tx pgx.Tx, a application.Submission) ([]string, error) {
	named, err := p.Contacts.Recipients(ctx, tx, a.EnterpriseID)
	if err != nil || len(named) > 0 {
		return named, err
	}
	return application.Recipients(a.Content), nil
}
