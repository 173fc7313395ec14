package rehearsal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
)

// NotebookFile is the name of the file in the rehearsal's folder in which people write down what they have
// to remember of the years.
const NotebookFile = "rehearsal.json"

// Notebook is what has to be remembered besides the facts while the years go on, so that they can be taken
// up again after the program was killed. Everything else follows from the facts and from the seed.
type Notebook struct {
	Seed  uint64 `json:"seed"`
	Years int    `json:"years"`
	// Next is the office day that comes next, or that is being held. Turn and Duty say how far people have
	// come in it.
	Next string `json:"next"`
	Turn int    `json:"turn"`
	Duty int    `json:"duty"`
	// Applicants are those who apply in a round after the first, by the code of its call. Who they are is
	// settled on the first day of the call.
	Applicants map[string][]Applicant `json:"applicants"`
	// Deeds, Proofs and Unbalanced are what was counted so far, and Histories what was measured.
	Deeds      int       `json:"deeds"`
	Proofs     int       `json:"proofs"`
	Unbalanced []string  `json:"unbalanced,omitempty"`
	Histories  []History `json:"histories"`
	// Measured is the last year at whose end histories were measured.
	Measured int `json:"measured"`
}

// Applicant is somebody who applies in a round after the first.
type Applicant struct {
	Enterprise string                    `json:"enterprise"`
	Type       saakornv1.ApplicationType `json:"type"`
}

// ReadNotebook reads the notebook in the folder. The error is [fs.ErrNotExist] when there is none: nothing was
// rehearsed there, or the first round was not over.
func ReadNotebook(folder string) (Notebook, error) {
	var n Notebook
	raw, err := os.ReadFile(filepath.Join(folder, NotebookFile))
	if err != nil {
		return n, fmt.Errorf("read the rehearsal's notebook: %w", err)
	}
	if err := json.Unmarshal(raw, &n); err != nil {
		return n, fmt.Errorf("read the rehearsal's notebook: %w", err)
	}
	return n, nil
}

// HasNotebook tells whether the folder holds years that can be taken up again.
func HasNotebook(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, NotebookFile))
	return !errors.Is(err, fs.ErrNotExist)
}

// write replaces the notebook in the folder: a program that is killed leaves the old one or the new one.
func (n *Notebook) write(folder string) error {
	raw, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("write the rehearsal's notebook: %w", err)
	}
	path := filepath.Join(folder, NotebookFile)
	if err := os.WriteFile(path+".new", raw, 0o600); err != nil {
		return fmt.Errorf("write the rehearsal's notebook: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write the rehearsal's notebook: %w", err)
	}
	return nil
}

// remember changes what is remembered, and writes it down once the first round is over: until then nothing
// can be taken up again.
func (l *life) remember(change func(*Notebook)) error {
	change(&l.notes)
	if l.deciding || l.folder == "" {
		return nil
	}
	l.notes.Deeds, l.notes.Proofs, l.notes.Unbalanced = l.deeds, l.proofs.checked, l.proofs.examples
	return l.notes.write(l.folder)
}

// recall goes on with what was remembered.
func (l *life) recall(n Notebook) error {
	next, err := calendar.Parse(n.Next)
	if err != nil {
		return fmt.Errorf("read the rehearsal's notebook: %w", err)
	}
	l.notes, l.stage.office.next = n, next.At(officeHour, 0)
	l.deeds, l.proofs = n.Deeds, tally{checked: n.Proofs, examples: slices.Clone(n.Unbalanced)}
	return nil
}
