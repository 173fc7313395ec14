package installation

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/enterprise"
)

// ImportReport loads enterprises, Nav units and relations from the folder into the register, and
// says what became of every row.
func ImportReport(ctx context.Context, pool *pgxpool.Pool, folder fs.FS, now time.Time) (enterprise.ImportReport, error) {
	open := map[string]fs.File{}
	for _, name := range []string{enterprise.EnterprisesFile, enterprise.NavUnitsFile, enterprise.RelationsFile} {
		f, err := folder.Open(name)
		if err != nil {
			return enterprise.ImportReport{}, fmt.Errorf("open a file to import: %w", err)
		}
		defer f.Close()
		open[name] = f
	}
	return enterprise.Import(ctx, pool, enterprise.Files{
		Enterprises: open[enterprise.EnterprisesFile], NavUnits: open[enterprise.NavUnitsFile], Relations: open[enterprise.RelationsFile],
	}, now)
}
