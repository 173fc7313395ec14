package installationtest_test

import (
	"os"
	"testing"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

func TestACompleteDraftOfEveryTypeCanBeSubmitted(t *testing.T) {
	api := installationtest.New(t)
	call := api.OpenCall(t)
	enterprise := api.RegisterEnterprise(t, installationtest.Entrepreneur)
	for _, kind := range []saakornv1.ApplicationType{
		saakornv1.ApplicationType_APPLICATION_TYPE_NEW_DEVELOPMENT,
		saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY,
		saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION,
	} {
		t.Run(kind.String(), func(t *testing.T) {
			draft := api.CompleteDraft(t, installationtest.Entrepreneur, call, enterprise.GetId(), kind)
			if receipt := api.Submit(t, installationtest.Entrepreneur, draft); receipt.GetReference() == "" {
				t.Error("no reference on the receipt")
			}
		})
	}
}

func TestASecondInstallationFindsWhatTheFirstWrote(t *testing.T) {
	first := installationtest.New(t)
	call := first.OpenCall(t)
	second := installationtest.Start(t, installationtest.Options{DatabaseURL: first.DatabaseURL})
	found, err := second.Calls.GetCall(t.Context(), &saakornv1.GetCallRequest{CallId: call.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	if found.GetCall().GetCode() != call.GetCode() {
		t.Errorf("found %v, want %v", found.GetCall(), call)
	}
}
