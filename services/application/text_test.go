package application_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/scheme"
)

func TestWhatCannotBeSavedInADraft(t *testing.T) {
	text := func(key, text string) *saakornv1.Answer {
		return &saakornv1.Answer{QuestionKey: key, Value: &saakornv1.Answer_Text{Text: text}}
	}
	choices := func(keys ...string) *saakornv1.Answer {
		return &saakornv1.Answer{QuestionKey: "place_of_origin", Value: &saakornv1.Answer_Choices{Choices: &saakornv1.ChoiceList{Keys: keys}}}
	}
	tests := []struct {
		name    string
		content *saakornv1.ApplicationContent
		want    []string
	}{
		{"nothing written", &saakornv1.ApplicationContent{}, nil},
		{"a national identity number in a title", &saakornv1.ApplicationContent{Title: nobodysNumber},
			[]string{"content.title NATIONAL_IDENTITY_NUMBER"}},
		{"a national identity number deep down", &saakornv1.ApplicationContent{
			TheoryOfChange: &saakornv1.TheoryOfChange{Indicators: []*saakornv1.Indicator{{}, {DataSource: "Deltaker " + nobodysNumber[:6] + " " + nobodysNumber[6:]}}},
			Answers:        []*saakornv1.Answer{text("lived_experience", "("+nobodysNumber+")")},
			Contacts:       []*saakornv1.Contact{{Phone: nobodysNumber}},
		}, []string{
			"content.answers[0].text NATIONAL_IDENTITY_NUMBER", "content.contacts[0].phone NATIONAL_IDENTITY_NUMBER",
			"content.theory_of_change.indicators[1].data_source NATIONAL_IDENTITY_NUMBER",
		}},
		{"letters are counted, not bytes", &saakornv1.ApplicationContent{Title: strings.Repeat("å", 120)}, nil},
		{"a letter too many", &saakornv1.ApplicationContent{Title: strings.Repeat("å", 121)}, []string{"content.title TOO_LONG"}},
		{"a nested text too long", &saakornv1.ApplicationContent{TargetGroup: &saakornv1.TargetGroup{Description: strings.Repeat("a", 3001)}},
			[]string{"content.target_group.description TOO_LONG"}},
		{"an answer too long", &saakornv1.ApplicationContent{Answers: []*saakornv1.Answer{text("lived_experience", strings.Repeat("a", 2001))}},
			[]string{"content.answers.lived_experience TOO_LONG"}},
		{"a question that is not asked", &saakornv1.ApplicationContent{Answers: []*saakornv1.Answer{text("shoe_size", "43")}},
			[]string{"content.answers[0].question_key NO_SUCH_QUESTION"}},
		{"a question that has a field of its own", &saakornv1.ApplicationContent{Answers: []*saakornv1.Answer{text("problem", "x")}},
			[]string{"content.answers[0].question_key NO_SUCH_QUESTION"}},
		{"a question answered twice", &saakornv1.ApplicationContent{Answers: []*saakornv1.Answer{text("lived_experience", "a"), text("lived_experience", "b")}},
			[]string{"content.answers[1].question_key ANSWERED_TWICE"}},
		{"a question not answered yet", &saakornv1.ApplicationContent{Answers: []*saakornv1.Answer{{QuestionKey: "main_activity"}}}, nil},
		{"a text where yes or no is asked for", &saakornv1.ApplicationContent{Answers: []*saakornv1.Answer{text("main_activity", "ja")}},
			[]string{"content.answers[0] WRONG_KIND_OF_ANSWER"}},
		{"a choice that is not offered", &saakornv1.ApplicationContent{Answers: []*saakornv1.Answer{choices("new_on_the_moon")}},
			[]string{"content.answers[0] WRONG_KIND_OF_ANSWER"}},
		{"two choices where one is asked for", &saakornv1.ApplicationContent{Answers: []*saakornv1.Answer{choices("new_in_norway", "new_in_place")}},
			[]string{"content.answers[0] WRONG_KIND_OF_ANSWER"}},
		{"a budget line that the scheme lacks", &saakornv1.ApplicationContent{Budget: &saakornv1.ApplicationBudget{
			Items: []*saakornv1.BudgetItem{{LineKey: "wages"}, {LineKey: "champagne"}},
		}}, []string{"content.budget.items[1].line_key NO_SUCH_BUDGET_LINE"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, named(application.CheckText(tt.content, rules(t).Scheme))); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAQuestionIsAnsweredWhereverItsAnswerStands(t *testing.T) {
	full, d := content(scheme.NewOrdinary), rules(t).Scheme
	for _, key := range []string{"title", "target_group_description", "place_of_origin", "income", "budget", "declared_truthful"} {
		if !application.Answered(full, d, key) {
			t.Errorf("%s counts as unanswered", key)
		}
		if application.Answered(&saakornv1.ApplicationContent{}, d, key) {
			t.Errorf("%s counts as answered when nothing is", key)
		}
	}
	if application.Answered(full, d, "shoe_size") {
		t.Error("a question that is not asked counts as answered")
	}
}
