package application

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/database"
)

const (
	// defaultSimilar is how many similar applications are shown when the caller does not say.
	defaultSimilar = 10
	// summaryLength is how many characters of a summary are shown, about.
	summaryLength = 400
)

// outcomePrefix is what the contract's outcomes have before the stored words.
const outcomePrefix = "OUTCOME_"

// ListSimilarApplications returns what exists already: the applications and grants that are most like
// the given one, or that match a query (R16). Only staff find what is not a public grant.
func (s *Server) ListSimilarApplications(ctx context.Context, r *saakornv1.ListSimilarApplicationsRequest) (*saakornv1.ListSimilarApplicationsResponse, error) {
	id := uuid.MustParse(r.GetApplicationId())
	a, err := s.seen(ctx, id)
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	looked := resemblance{public: !caller.Has(access.Staff()...), except: id, limit: int(r.GetPageSize())}
	if looked.limit == 0 {
		looked.limit = defaultSimilar
	}
	var found []Similar
	err = database.InTransaction(ctx, s.Pool, func(tx pgx.Tx) error {
		if query := strings.TrimSpace(r.GetQuery()); query != "" {
			found, err = matching(ctx, tx, query, looked)
		} else {
			found, err = like(ctx, tx, wordingOf(a.Content), looked)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListSimilarApplicationsResponse{}
	for _, f := range found {
		answer.Applications = append(answer.Applications, presentSimilar(f, a.EnterpriseID, looked.public))
	}
	return answer, nil
}

func presentSimilar(f Similar, own uuid.UUID, public bool) *saakornv1.SimilarApplication {
	p := &saakornv1.SimilarApplication{
		ApplicationId: f.ApplicationID.String(), Title: f.Title, EnterpriseName: f.EnterpriseName, GrantYear: int32(f.GrantYear),
		Summary: shorten(f.Summary, summaryLength), Highlights: highlights(f.Marked), Likeness: min(f.Likeness, 1),
		Outcome:        saakornv1.Outcome(saakornv1.Outcome_value[outcomePrefix+f.Outcome]),
		SameEnterprise: f.EnterpriseID == own,
	}
	if public {
		p.ApplicationId = ""
	}
	return p
}

// shorten cuts the text after the last whole word that leaves it no longer than so many characters.
func shorten(text string, length int) string {
	runes := []rune(text)
	if len(runes) <= length {
		return text
	}
	cut := string(runes[:length])
	if i := strings.LastIndexAny(cut, " \n"); i > 0 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " \n.,;:") + " …"
}

// highlights takes the marked text apart. Fragments without a match, which the database returns when
// only the name matches, are left out.
func highlights(marked string) []*saakornv1.HighlightedText {
	var texts []*saakornv1.HighlightedText
	for fragment := range strings.SplitSeq(marked, string(fragmentEnds)) {
		if strings.ContainsRune(fragment, matchBegins) {
			texts = append(texts, &saakornv1.HighlightedText{Parts: parts(fragment)})
		}
	}
	return texts
}

func parts(fragment string) []*saakornv1.HighlightedPart {
	var list []*saakornv1.HighlightedPart
	add := func(text string, marked bool) {
		if text != "" {
			list = append(list, &saakornv1.HighlightedPart{Text: text, Marked: marked})
		}
	}
	for fragment != "" {
		before, rest, _ := strings.Cut(fragment, string(matchBegins))
		add(before, false)
		match, after, _ := strings.Cut(rest, string(matchEnds))
		add(match, true)
		fragment = after
	}
	return list
}
