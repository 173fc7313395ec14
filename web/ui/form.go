package ui

// ProgressStep is one page of a form that is filled in step by step.
type ProgressStep struct {
	Title, Href   string
	Done, Current bool
}

// current returns the number of the current step, counted from 1.
func current(steps []ProgressStep) int {
	for i, s := range steps {
		if s.Current {
			return i + 1
		}
	}
	return len(steps)
}

func (f Field) inputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}
