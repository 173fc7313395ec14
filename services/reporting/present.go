package reporting

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// The contract's enums are the stored words with a prefix.
const (
	statePrefix = "REPORT_STATE_"
	kindPrefix  = "REPORT_KIND_"
)

func stateOf(s saakornv1.ReportState) State {
	return State(strings.TrimPrefix(s.String(), statePrefix))
}

func presentKind(k scheme.ReportKind) saakornv1.ReportKind {
	return saakornv1.ReportKind(saakornv1.ReportKind_value[kindPrefix+string(k)])
}

// present returns the report for the contract, as the enterprise sees it: without the officer's words.
func present(r Report, files []Attachment, now time.Time) *saakornv1.Report {
	p := &saakornv1.Report{
		Id: r.ID.String(), Etag: r.Etag(), AwardId: r.AwardID.String(), LifecycleId: r.LifecycleID.String(),
		EnterpriseId: r.EnterpriseID.String(), ReportKey: r.Key, Kind: presentKind(r.Kind), Title: r.Title, GrantYear: int32(r.GrantYear),
		DueOn: r.DueOn.String(), State: saakornv1.ReportState(saakornv1.ReportState_value[statePrefix+string(r.State)]),
		Content: r.Content, Version: r.Version, Unsubmitted: r.Unsubmitted, FirstSubmittedAt: optionalTime(r.FirstSubmittedAt),
		SubmittedAt: optionalTime(r.SubmittedAt), Late: r.Late, Overdue: r.Overdue(now), HoldsPayment: r.HoldsPayment, FourEyes: r.FourEyes,
		ReviewedBy: r.ReviewedBy, ReviewedAt: optionalTime(r.ReviewedAt), AcceptedCostOre: r.AcceptedCostOre,
		ApprovedBy: r.ApprovedBy, ApprovedAt: optionalTime(r.ApprovedAt), SchemeId: r.SchemeID, SchemeVersion: r.SchemeVersion, AmountOre: r.AmountOre,
		UpdatedAt: timestamppb.New(r.UpdatedAt),
	}
	for _, f := range files {
		p.Attachments = append(p.Attachments, presentAttachment(f))
	}
	return p
}

// addNames writes the names of the enterprises into the reports.
func (s *Server) addNames(ctx context.Context, reports []*saakornv1.Report) error {
	names := map[string]string{}
	for _, r := range reports {
		if _, known := names[r.GetEnterpriseId()]; !known {
			e, err := s.Enterprises.Enterprise(ctx, uuid.MustParse(r.GetEnterpriseId()))
			if err != nil {
				return err
			}
			names[r.GetEnterpriseId()] = e.Name
		}
		r.EnterpriseName = names[r.GetEnterpriseId()]
	}
	return nil
}

func presentAttachment(f Attachment) *saakornv1.ReportAttachment {
	return &saakornv1.ReportAttachment{
		Id: f.ID.String(), Kind: f.Kind, FileName: f.FileName, MediaType: f.MediaType, SizeBytes: f.SizeBytes, Sha256: f.SHA256,
		UploadedAt: timestamppb.New(f.UploadedAt),
	}
}

func presentProblems(violations []fault.Violation) []*saakornv1.ReportProblem {
	problems := make([]*saakornv1.ReportProblem, 0, len(violations))
	for _, v := range violations {
		problems = append(problems, &saakornv1.ReportProblem{Field: v.Field, Reason: v.Reason, Description: v.Description})
	}
	return problems
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
