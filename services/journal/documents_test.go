package journal_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
)

// A case with everything that can be written in it, each document of which has one entry: in, out and
// within the house.
func TestEveryDocumentInOutAndWithinTheHouseIsJournaled(t *testing.T) {
	h := newHouse(t)
	id := h.Apply(t, 1).GetId()
	h.Drive(t, id)
	c := h.Case(t, id).GetCase()
	officer, decider := h.as(t, installationtest.CaseOfficer), h.as(t, installationtest.DecisionMaker)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	completeness := saakornv1.NewCompletenessServiceClient(h.API.Connection)
	_, err := completeness.SendDeficiencyNotice(officer, &saakornv1.SendDeficiencyNoticeRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Items: []*saakornv1.Deficiency{{Text: "Budsjett"}},
	})
	must(err)
	h.Drive(t, id)
	asked, err := h.API.Applications.GetApplication(h.as(t, caseworktest.Applicant(1)), &saakornv1.GetApplicationRequest{ApplicationId: id})
	must(err)
	h.Correct(t, 1, asked.GetApplication(), func(c *saakornv1.ApplicationContent) { c.Problem += " Og mer." })
	h.Drive(t, id)
	messages := saakornv1.NewCorrespondenceServiceClient(h.API.Connection)
	for _, person := range []string{caseworktest.Applicant(1), installationtest.CaseOfficer} {
		_, err = messages.SendMessage(h.as(t, person), &saakornv1.SendMessageRequest{RequestId: uuid.NewString(), ApplicationId: id, Text: "Hei."})
		must(err)
	}
	h.Drive(t, id)
	h.Close(t)
	h.AnswerAll(t, id)
	h.Assess(t, id)
	h.Recommend(t, installationtest.CaseOfficer, id, saakornv1.Outcome_OUTCOME_REJECTED, 0)
	h.Enter(t, id, installationtest.DecisionMaker)
	_, err = h.API.Cases.ReturnRecommendation(decider, &saakornv1.ReturnRecommendationRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: h.Case(t, id).GetCase().GetEtag(), Note: "Se på budsjettet.",
	})
	must(err)
	h.Recommend(t, installationtest.CaseOfficer, id, saakornv1.Outcome_OUTCOME_REJECTED, 0)
	must(h.Decide(t.Context(), installationtest.DecisionMaker, h.Case(t, id).GetCase(), saakornv1.Outcome_OUTCOME_REJECTED, 0))
	h.Drive(t, id)
	h.appealToTheEnd(t, id)
	h.Drive(t, id)

	var got []string
	entries := h.entries(t, c.GetId())
	for _, e := range entries {
		kind := strings.TrimPrefix(e.GetType().String(), "JOURNAL_ENTRY_TYPE_")
		got = append(got, kind+" "+e.GetPublicTitle())
	}
	want := []string{
		"INCOMING Søknad SE-2019-000001, versjon 1", "OUTGOING Bekreftelse på mottatt søknad",
		"INTERNAL Habilitetserklæring i sak 2019/1", "OUTGOING Forespørsel om manglende opplysninger", "INCOMING Søknad SE-2019-000001, versjon 2",
		"INCOMING Melding fra søker", "OUTGOING Melding til søker",
		"INTERNAL Habilitetserklæring i sak 2019/1", "INTERNAL_FOLLOW_UP Vurdering i sak 2019/1",
		"INTERNAL Habilitetserklæring i sak 2019/1", "INTERNAL_FOLLOW_UP Vurdering i sak 2019/1",
		"INTERNAL_FOLLOW_UP Innstilling i sak 2019/1, versjon 1",
		"INTERNAL Habilitetserklæring i sak 2019/1", "INTERNAL_FOLLOW_UP Merknad til innstilling i sak 2019/1, versjon 1",
		"INTERNAL_FOLLOW_UP Innstilling i sak 2019/1, versjon 2", "INTERNAL Vedtak i sak 2019/1", "OUTGOING Vedtak i sak om tilskudd",
		"INCOMING Klage i sak 2019/1", "OUTGOING Bekreftelse på mottatt klage",
		"INTERNAL Habilitetserklæring i sak 2019/1", "INTERNAL_FOLLOW_UP Vurdering av klage i sak 2019/1",
		"INTERNAL Avgjørelse om klage i sak 2019/1", "OUTGOING Melding om oversendt klage", "OUTGOING Oversendelse av klage til klageinstansen",
		"INCOMING Avgjørelse fra klageinstansen i sak 2019/1", "OUTGOING Melding om avgjort klage",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	for i, e := range entries {
		if int(e.GetNumber()) != i+1 {
			t.Errorf("%s is number %d of the case", e.GetPublicTitle(), i+1)
		}
		if e.GetPublicTitle() != "Oversendelse av klage til klageinstansen" {
			continue
		}
		roles := []saakornv1.CorrespondentRole{e.GetCorrespondents()[0].GetRole(), e.GetCorrespondents()[1].GetRole()}
		if !slices.Equal(roles, []saakornv1.CorrespondentRole{saakornv1.CorrespondentRole_CORRESPONDENT_ROLE_RECIPIENT, saakornv1.CorrespondentRole_CORRESPONDENT_ROLE_COPY_RECIPIENT}) {
			t.Errorf("the referral is to %v", e.GetCorrespondents())
		}
	}
	h.publicNamesNobody(t)
}

// appealToTheEnd has the applicant appeal and the appeal body uphold the decision.
func (h house) appealToTheEnd(t *testing.T, id string) {
	t.Helper()
	client := saakornv1.NewAppealServiceClient(h.API.Connection)
	const newOfficer = "case-officer-4"
	submitted, err := client.SubmitAppeal(h.as(t, caseworktest.Applicant(1)), &saakornv1.SubmitAppealRequest{
		RequestId: uuid.NewString(), ApplicationId: id, Grounds: "Vi er uenige.", ChangeWanted: "Hele beløpet.",
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Drive(t, id)
	appeal := submitted.GetAppeal().GetId()
	etag := func() string {
		list, err := client.ListAppeals(h.as(t, newOfficer), &saakornv1.ListAppealsRequest{ApplicationId: id})
		if err != nil {
			t.Fatal(err)
		}
		return list.GetAppeals()[0].GetEtag()
	}
	_, err = client.AssignAppeal(h.as(t, installationtest.CaseOfficer), &saakornv1.AssignAppealRequest{RequestId: uuid.NewString(), AppealId: appeal, OwnerId: newOfficer})
	if err != nil {
		t.Fatal(err)
	}
	h.Enter(t, id, newOfficer)
	forwarded := saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED
	_, err = client.PrepareAppeal(h.as(t, newOfficer), &saakornv1.PrepareAppealRequest{
		RequestId: uuid.NewString(), AppealId: appeal, Etag: etag(), Recommended: forwarded, Assessment: "Vedtaket står seg.",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.DecideAppeal(h.as(t, installationtest.DecisionMaker), &saakornv1.DecideAppealRequest{
		RequestId: uuid.NewString(), AppealId: appeal, Etag: etag(), Disposition: forwarded,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Drive(t, id)
	_, err = client.RecordAppealOutcome(h.as(t, newOfficer), &saakornv1.RecordAppealOutcomeRequest{
		RequestId: uuid.NewString(), AppealId: appeal, Etag: etag(), Outcome: saakornv1.AppealOutcome_APPEAL_OUTCOME_UPHELD, Reasons: "Vedtaket stadfestes.",
	})
	if err != nil {
		t.Fatal(err)
	}
}
