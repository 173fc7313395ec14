package entrepreneur

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// Answers is what an application says, as those who handle it read it.
type Answers struct {
	Application *saakornv1.Application
	// Title is what the project is called.
	Title    string
	Sections []AnsweredSection
}

// AnsweredSection is a section of the form with the answer to each of its questions.
type AnsweredSection struct {
	Key, Title string
	Answers    []ui.Fact
}

// ReadAnswers reads what the application says now, in the words of the form that it was written in. Its
// documents are in the application itself.
func ReadAnswers(v *site.Visit, applicationID string) (*Answers, error) {
	d, err := loadApplication(v, applicationID)
	if err != nil {
		return nil, err
	}
	s, err := gather(v, d)
	if err != nil {
		return nil, err
	}
	read := &Answers{Application: d.app, Title: d.title(v.Page)}
	for i, section := range d.scheme.GetSections() {
		read.Sections = append(read.Sections, AnsweredSection{section.GetKey(), s.sections[i].title, s.sections[i].answers})
	}
	return read, nil
}
