// Package portfolio keeps what a rehearsal of five years has left: a snapshot of the facts, from which an
// installation to try things on starts. Everybody in it is fictional.
//
// It holds facts only. The engine's state is not in it: the workflows start anew from the facts, as they do
// when an engine has been lost. What every start makes anyway (schemes, people who can sign in) and what is
// of no use without the program that wrote it (answered requests, sessions, messages to the engine) is left
// out, and so are the PDFs of letters, which are laid out when somebody looks at them.
package portfolio

import "time"

// manifest is the first file of a snapshot.
type manifest struct {
	// Ended is what the clock showed when the snapshot was taken: the clock of whoever loads it goes on from there.
	Ended time.Time `json:"ended"`
	// Migrations are those that had been carried out, in their order. They are carried out before the rows are
	// loaded and later ones after it, so that later ones find the rows as on any installation.
	Migrations []int64 `json:"migrations"`
	// Tables are those whose rows follow, each in a file of its own.
	Tables []table `json:"tables"`
}

// table is one table and the columns that are kept, in the order in which they are.
type table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

// Names of the files in a snapshot.
const (
	manifestName = "manifest.json"
	rowsFolder   = "rows/"
	filesFolder  = "files/"
	// notebookName is the rehearsal's notebook, with which the years can be lived on.
	notebookName = "rehearsal.json"
)

// leftOut are the tables whose rows are not kept.
func leftOut() []string {
	return []string{
		"person", "staff_birth_date", "scheme_version", // made by every start
		"request", "web_session", // of no use to another program
		"rehearsal_clock", // set by whoever loads the snapshot
	}
}

// letterFolder is where the PDFs of letters lie among the files.
const letterFolder = "letters"
