package rehearsal

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

func TestEveryStoryHasTheShapeOf2019(t *testing.T) {
	for seed := range uint64(200) {
		var received, continuations, awards, late, gone int
		var bound int64
		s := tell(seed)
		enterprises := map[string]bool{}
		for _, a := range s.applications {
			enterprises[a.enterprise.Number] = true
			if !a.received() {
				continue
			}
			received++
			bound += a.awardedOre
			if a.kind == saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION {
				continuations++
			}
			if a.awardedOre > 0 {
				awards++
			}
			if a.late {
				late++
			}
			if a.fate == withdrawn {
				gone++
			}
		}
		got := []int{received, continuations, awards, late, gone}
		if diff := cmp.Diff([]int{58, 20, 29, 3, 1}, got); diff != "" {
			t.Errorf("seed %d: received, continuations, awards, late, withdrawn (-want +got):\n%s", seed, diff)
		}
		if bound > frameOre || bound < frameOre*98/100 {
			t.Errorf("seed %d binds %d øre", seed, bound)
		}
		if len(enterprises) != len(s.applications) {
			t.Errorf("seed %d lets an enterprise apply twice", seed)
		}
	}
}

func TestEveryStoryCanBeActed(t *testing.T) {
	for seed := range uint64(200) {
		s := tell(seed)
		for _, a := range s.applications {
			switch {
			case a.decider == a.officer:
				t.Errorf("seed %d: %s would decide what they recommended", seed, a.decider)
			case a.assessors[0] == a.assessors[1]:
				t.Errorf("seed %d: %s would assess twice", seed, a.assessors[0])
			case a.corrected >= 0 && (a.corrected <= a.submitted || a.late || !a.received()):
				t.Errorf("seed %d: %s would be corrected on day %d, submitted on day %d", seed, a.enterprise.Name, a.corrected, a.submitted)
			case a.submitted < a.begun || a.submitted >= len(writingDays()):
				t.Errorf("seed %d: %s would be begun on day %d and submitted on day %d", seed, a.enterprise.Name, a.begun, a.submitted)
			case a.awardedOre > a.appliedOre || (a.awardedOre > 0) != (a.fate == awarded):
				t.Errorf("seed %d: %s would get %d of %d øre", seed, a.enterprise.Name, a.awardedOre, a.appliedOre)
			case a.fate == dismissedOnForm && a.enterprise.RegisteredVoluntary:
				t.Errorf("seed %d: %s would be dismissed for nothing", seed, a.enterprise.Name)
			}
		}
		if sumAwards(s)+sumAdded(s) > frameOre {
			t.Errorf("seed %d: appeals and reversals exceed the frame", seed)
		}
		spare := frameOre - sumAwards(s) + s.last.awardedOre
		if s.last.appliedOre <= spare {
			t.Errorf("seed %d: awarding everything to the last does not exceed the frame", seed)
		}
	}
}

func sumAwards(s story) int64 {
	var sum int64
	for _, a := range s.applications {
		sum += a.awardedOre
	}
	return sum
}

func sumAdded(s story) int64 {
	var sum int64
	for _, a := range s.applications {
		sum += a.addedOre
	}
	return sum
}

func TestEveryStoryHasEveryTurn(t *testing.T) {
	for seed := range uint64(200) {
		s := tell(seed)
		times := map[string]int{}
		for _, a := range s.applications {
			times[string(a.asked)]++
			times[string(a.sequel)]++
			for turn, taken := range map[string]bool{
				"officer": a.recusedOfficer != "", "assessor": a.recusedAssessor != "", "decider": a.recusedDecider != "",
				"extended": a.extended, "dragged": a.dragged >= 0,
			} {
				if taken {
					times[turn]++
				}
			}
		}
		delete(times, "")
		want := map[string]int{
			string(answersAtOnce): 2, string(answersReminded): 1, string(neverAnswers): 3, "officer": 2, "assessor": 1, "decider": 1,
			"extended": 2, "dragged": 2, string(wonAppeal): 1, string(raisedAppeal): 1, string(upheldAppeal): 1,
			string(changedAppeal): 1, string(lateAppeal): 1, string(reversed): 1,
		}
		if diff := cmp.Diff(want, times); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func TestEveryTurnCanBeActed(t *testing.T) {
	for seed := range uint64(200) {
		s := tell(seed)
		for _, a := range s.applications {
			people := slices.DeleteFunc(a.people(), func(id string) bool { return id == "" })
			slices.Sort(people)
			switch {
			case a.received() && len(slices.Compact(slices.Clone(people))) != len(people):
				t.Errorf("seed %d: somebody has two parts in %s: %v", seed, a.enterprise.Name, people)
			case (a.officer == s.absent) != (a.successor != ""):
				t.Errorf("seed %d: %s passes from %s to %q, and %s falls away", seed, a.enterprise.Name, a.officer, a.successor, s.absent)
			case slices.Contains(a.assessors, s.absent):
				t.Errorf("seed %d: %s assesses and falls away", seed, s.absent)
			case a.asked != "" && a.wave < clearedIn(a.asked):
				t.Errorf("seed %d: %s is assessed in week %d, before it is complete", seed, a.enterprise.Name, a.wave)
			case a.sequel != "" && (a.decidedIn() > lastAppealed || a == s.last):
				t.Errorf("seed %d: %s is decided in week %d and %s", seed, a.enterprise.Name, a.decidedIn(), a.sequel)
			case a.finalOre() > a.appliedOre:
				t.Errorf("seed %d: %s gets more than it asked for", seed, a.enterprise.Name)
			}
		}
	}
}

func TestTheSameSeedTellsTheSameStory(t *testing.T) {
	tale := func(seed uint64) []application {
		var all []application
		for _, a := range tell(seed).applications {
			all = append(all, *a)
		}
		return all
	}
	same := cmp.AllowUnexported(application{}, turns{})
	if diff := cmp.Diff(tale(7), tale(7), same); diff != "" {
		t.Errorf("seed 7 told twice (-first +second):\n%s", diff)
	}
	if cmp.Equal(tale(7), tale(8), same) {
		t.Error("seeds 7 and 8 tell the same story")
	}
}
