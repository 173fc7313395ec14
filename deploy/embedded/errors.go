package embedded

import (
	"errors"
	"fmt"
	"io/fs"
)

// Reason is why an engine could not start, for programs that want to act on it.
type Reason string

const (
	// PortTaken means that another program listens on the wanted address.
	PortTaken Reason = "port taken"
	// FolderInUse means that another running program works on the same data folder.
	FolderInUse Reason = "folder in use"
	// FolderBroken means that the data folder does not hold a database that can be started.
	FolderBroken Reason = "folder broken"
	// NoBinaries means that no usable PostgreSQL programs were found.
	NoBinaries Reason = "no binaries"
	// NoPermission means that this user may not do what starting takes.
	NoPermission Reason = "no permission"
	// BadConfig means that the caller asked for something that is not offered.
	BadConfig Reason = "bad configuration"
	// NotStarted means that the engine itself gave up while starting.
	NotStarted Reason = "not started"
)

// StartError tells why an engine could not start. Its text is one sentence for the person who
// started the program: what is wrong and what to do about it.
type StartError struct {
	Reason   Reason
	Sentence string
	cause    error
}

// Error returns the sentence.
func (e *StartError) Error() string { return e.Sentence }

// Unwrap returns the error underneath, or nil.
func (e *StartError) Unwrap() error { return e.cause }

func startError(reason Reason, cause error, format string, args ...any) *StartError {
	return &StartError{Reason: reason, Sentence: fmt.Sprintf(format, args...), cause: cause}
}

// explainFile turns an error from the file system into a sentence when it is about permission,
// and wraps it with what was being done otherwise.
func explainFile(doing, path string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return startError(NoPermission, err,
			"This user may not %s %s: choose another data folder, or give this user the right to it.", doing, path)
	}
	return fmt.Errorf("%s %s: %w", doing, path, err)
}
