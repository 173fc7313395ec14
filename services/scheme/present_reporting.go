package scheme

import saakornv1 "saakorn/proto/gen/saakorn/v1"

func presentReporting(r Reporting) *saakornv1.SchemeReporting {
	return &saakornv1.SchemeReporting{
		Calendar: each(r.Calendar, presentReportRule), ReminderDays: each(r.ReminderDays, func(days int) int32 { return int32(days) }),
		EscalationDays: int32(r.EscalationDays), StatementThresholdOre: r.AuditorStatement.ThresholdOre,
		StatementStandard: presentText(r.AuditorStatement.Standard), SmallestShown: int32(r.Suppression.SmallestShown),
		Indicators: each(r.Indicators, func(i IndicatorRule) *saakornv1.IndicatorRule {
			return &saakornv1.IndicatorRule{
				Key: i.Key, Title: presentText(i.Title), Definition: presentText(i.Definition), Persons: i.Persons, Outcome: i.Outcome,
				SumOf: i.SumOf, PartOf: i.PartOf, RequiredFor: each(i.RequiredFor, presentReportKind),
			}
		}),
		Attachments: each(r.Attachments, func(d ReportDocument) *saakornv1.ReportDocumentRule {
			return &saakornv1.ReportDocumentRule{
				Key: d.Key, Title: presentText(d.Title), Help: presentText(d.Help), RequiredFor: each(d.RequiredFor, presentReportKind), FromOre: d.FromOre,
			}
		}),
		OfficeQuestions: each(r.OfficeQuestions, func(q OfficeQuestion) *saakornv1.OfficeQuestionRule {
			return &saakornv1.OfficeQuestionRule{Key: q.Key, Label: presentText(q.Label), Help: presentText(q.Help), Number: q.Number, Required: q.Required}
		}),
	}
}

func presentReportKind(k ReportKind) string { return string(k) }

func presentReportRule(r ReportRule) *saakornv1.ReportRule {
	return &saakornv1.ReportRule{
		Key: r.Key, Kind: string(r.Kind), Title: presentText(r.Title), Intro: presentText(r.Intro), YearOffset: int32(r.YearOffset),
		Month: int32(r.Month), Day: int32(r.Day), HoldsPayment: r.HoldsPayment,
		Parts: each(r.Parts, func(p ReportPartRule) *saakornv1.ReportPartRule {
			return &saakornv1.ReportPartRule{Part: string(p.Part), FromOre: p.FromOre}
		}),
	}
}
