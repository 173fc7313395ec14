package caseworker

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/text"
	"saakorn/web/ui"
)

// letterPreview is a letter as it would be sent now.
type letterPreview struct {
	ui.Page

	caseID string
	// kind is empty for the decision letter that follows from the case.
	kind   string
	letter *saakornv1.LetterPreview
	routes []*saakornv1.LetterRoute
	// worded tells that the letter has words that are typed and not kept, so that it has no address.
	worded bool
	errs   ui.Errors
}

// kindMissing is the letter that asks for what is missing.
const kindMissing = "DEFICIENCY_NOTICE"

// previewRequest reads which letter is asked for, with words that have been typed and not kept.
func previewRequest(v *site.Visit, caseID string) *saakornv1.PreviewLetterRequest {
	r := &saakornv1.PreviewLetterRequest{CaseId: caseID, Kind: v.Value("kind"), Language: v.Value("language"), Reasons: v.Value("reasons")}
	for i := range mostMissing {
		if item := v.Value("item-" + strconv.Itoa(i)); item != "" {
			r.Missing = append(r.Missing, item)
		}
	}
	return r
}

// previewLetter shows a letter before it is sent. Nothing is kept.
func previewLetter(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	v.Page.Staff = true
	r := previewRequest(v, id)
	l := &letterPreview{Page: v.Page, caseID: id, kind: r.GetKind(), worded: r.GetReasons() != "" || len(r.GetMissing()) > 0}
	answer, err := v.API.Letters.PreviewLetter(v.Context(), r)
	if undeclared(err) {
		return v.Go("/cases/" + id) // which asks for the declaration
	}
	if errs, ok := site.Refused(v.Page.Printer, err); ok {
		l.errs = errs
		return v.ShowInvalid(letterPage(l))
	}
	if err != nil {
		return err
	}
	l.letter, l.routes = answer.GetPreview(), answer.GetRoutes()
	return v.Show(letterPage(l))
}

// downloadPreview hands out the letter as the document that would be sent.
func downloadPreview(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	answer, err := v.API.Letters.PreviewLetter(v.Context(), previewRequest(v, id))
	if err != nil {
		return err
	}
	site.OfferFile(v.Writer, strings.ToLower(answer.GetPreview().GetKind())+".pdf", "application/pdf")
	if _, err := bytes.NewReader(answer.GetPreview().GetPdf()).WriteTo(v.Writer); err != nil {
		return fmt.Errorf("hand out a letter: %w", err)
	}
	return nil
}

// letterPath is where a letter of the case is shown before it is sent.
func letterPath(caseID, kind string, l text.Language, file string) string {
	q := url.Values{}
	if kind != "" {
		q.Set("kind", kind)
	}
	if l != "" {
		q.Set("language", string(l))
	}
	path := "/cases/" + caseID + "/letter" + file
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// languages are those that the letter can be shown in; a letter of typed words is shown in its own only.
func (l *letterPreview) languages() []text.Language {
	if l.worded || l.letter == nil {
		return nil
	}
	return text.Languages()
}
