// Package compose_test holds docker-compose.yml to what it promises. No container engine is needed:
// the file is loaded with the library that Docker Compose itself is built on.
package compose_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// root is the top of the tree, seen from this folder.
const root = "../.."

// ourUser is the unprivileged user of the image that deploy/docker/Dockerfile builds.
const ourUser = "65532:65532"

func TestEveryLongRunningServiceHasAHealthCheck(t *testing.T) {
	project := load(t)
	oneOff := oneOffServices(project)
	for name, service := range project.Services {
		if oneOff[name] {
			if service.HealthCheck != nil {
				t.Errorf("%s ends by itself, so it needs no health check", name)
			}
			if service.Restart == types.RestartPolicyUnlessStopped {
				t.Errorf("%s ends by itself and would be started again for ever", name)
			}
			continue
		}
		if service.HealthCheck == nil || service.HealthCheck.Disable || len(service.HealthCheck.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
		if service.Restart != types.RestartPolicyUnlessStopped {
			t.Errorf("%s does not come back after a failure: restart is %q", name, service.Restart)
		}
	}
}

func TestServicesWaitUntilWhatTheyNeedIsReady(t *testing.T) {
	project := load(t)
	for name, service := range project.Services {
		for needed, dependency := range service.DependsOn {
			switch dependency.Condition {
			case types.ServiceConditionHealthy:
				if project.Services[needed].HealthCheck == nil {
					t.Errorf("%s waits for %s to be healthy, which has no health check", name, needed)
				}
			case types.ServiceConditionCompletedSuccessfully:
			default:
				t.Errorf("%s depends on %s with the condition %q, which waits for nothing", name, needed, dependency.Condition)
			}
		}
	}
	// An application is accepted while the engine is down.
	if waitsFor(project, "api", "temporal") {
		t.Error("api waits for temporal")
	}
	for _, name := range []string{"temporal", "postgres", "migrate"} {
		if !waitsFor(project, "worker", name) {
			t.Errorf("worker does not wait for %s", name)
		}
	}
}

func TestServicesHaveNoMoreRightsThanTheyNeed(t *testing.T) {
	for name, service := range load(t).Services {
		if service.Privileged || service.NetworkMode == "host" {
			t.Errorf("%s is not contained", name)
		}
		if !slices.Contains(service.CapDrop, "ALL") || len(service.CapAdd) > 0 {
			t.Errorf("%s keeps capabilities: drops %v, adds %v", name, service.CapDrop, service.CapAdd)
		}
		if !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s can gain privileges", name)
		}
		if strings.HasPrefix(service.User, "0") || strings.HasPrefix(service.User, "root") {
			t.Errorf("%s runs as root", name)
		}
		if service.Build == nil {
			continue
		}
		if service.User != ourUser {
			t.Errorf("%s runs as %q, want %q", name, service.User, ourUser)
		}
		if !service.ReadOnly {
			t.Errorf("%s can change its own file system", name)
		}
	}
}

func TestPortsAppearOnThisMachineOnly(t *testing.T) {
	published := map[string]string{}
	for name, service := range load(t).Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes port %s on %q", name, port.Published, port.HostIP)
			}
			if other, taken := published[port.Published]; taken {
				t.Errorf("%s and %s both publish port %s", name, other, port.Published)
			}
			published[port.Published] = name
		}
	}
	for _, port := range []string{"8080", "8081", "8233", "9090"} {
		if _, ok := published[port]; !ok {
			t.Errorf("nothing is published on port %s", port)
		}
	}
}

func TestFilesThatServicesAreMadeOfExist(t *testing.T) {
	for name, service := range load(t).Services {
		if service.Build != nil {
			isFile(t, name, filepath.Join(service.Build.Context, service.Build.Dockerfile))
		}
		for _, volume := range service.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			isFile(t, name, volume.Source)
			if !volume.ReadOnly {
				t.Errorf("%s can change %s", name, volume.Source)
			}
		}
	}
}

func TestImagesHaveTheVersionsThatTheModuleIsBuiltWith(t *testing.T) {
	module := string(read(t, filepath.Join(root, "go.mod")))
	version := func(pattern string) string {
		match := regexp.MustCompile(`(?m)^\s*` + pattern + `$`).FindStringSubmatch(module)
		if match == nil {
			t.Fatalf("go.mod has no line like %s", pattern)
		}
		return match[1]
	}
	server := version(`go\.temporal\.io/server v(\S+)`)
	want := map[string]string{
		"temporal":           "temporalio/server:" + server,
		"temporal-schema":    "temporalio/admin-tools:" + server,
		"temporal-namespace": "temporalio/admin-tools:" + server,
		"temporal-ui":        "temporalio/ui:" + version(`github\.com/temporalio/ui-server/v2 v(\S+)`),
	}
	for name, service := range load(t).Services {
		if image, ok := want[name]; ok && service.Image != image {
			t.Errorf("%s runs %s, want %s", name, service.Image, image)
		}
		_, tag, _ := strings.Cut(service.Image, ":")
		if service.Build == nil && (tag == "" || tag == "latest") {
			t.Errorf("%s runs %s, whatever that is today", name, service.Image)
		}
	}
	builder := "FROM golang:" + version(`go (\S+)`) + "-"
	if !bytes.Contains(read(t, filepath.Join(root, "deploy/docker/Dockerfile")), []byte(builder)) {
		t.Errorf("the Dockerfile does not build with %s", builder)
	}
}

func TestSettingsAreOnesThatTheProgramReads(t *testing.T) {
	source := programSource(t)
	for name, service := range load(t).Services {
		if service.Build == nil {
			continue
		}
		for setting := range service.Environment {
			if !bytes.Contains(source, []byte(setting)) {
				t.Errorf("%s is told %s, which the program does not read", name, setting)
			}
		}
	}
}

func TestTheWorkerKeepsWhatItWritesInAVolume(t *testing.T) {
	values := environment(t)
	values["SAAKORN_BANK_ACCOUNT"] = "86011117947"
	project, err := loadWith(t, values)
	if err != nil {
		t.Fatal(err)
	}
	worker := project.Services["worker"]
	written := 0
	for name, value := range worker.Environment {
		if value == nil {
			continue
		}
		place, _, _ := strings.Cut(strings.TrimPrefix(*value, "file://"), "?")
		if !strings.HasPrefix(place, "/var/lib/saakorn/") {
			continue
		}
		written++
		if !slices.ContainsFunc(worker.Volumes, func(v types.ServiceVolumeConfig) bool {
			return place == v.Target || strings.HasPrefix(place, v.Target+"/")
		}) {
			t.Errorf("%s is %s, and the file system is read-only there", name, place)
		}
	}
	if written < 4 {
		t.Errorf("only %d settings name a place: the files, the mail and both folders of the bank do", written)
	}
}

func TestSecretsHaveNoDefault(t *testing.T) {
	complete := environment(t)
	secrets := 0
	for name := range complete {
		if !strings.HasSuffix(name, "_PASSWORD") && !strings.HasSuffix(name, "_FILE") {
			continue
		}
		secrets++
		for _, value := range []string{"", "missing"} {
			incomplete := maps.Clone(complete)
			if incomplete[name] = value; value == "missing" {
				delete(incomplete, name)
			}
			if _, err := loadWith(t, incomplete); err == nil {
				t.Errorf("the file loads without %s", name)
			}
		}
	}
	if secrets != 5 {
		t.Errorf("example.env names %d secrets, want 5", secrets)
	}
}

// The pages are a client of the API: what they can't reach they can't leak.
func TestThePagesReachNothingButTheAPI(t *testing.T) {
	project := load(t)
	pages := project.Services["web"]
	if len(pages.Volumes) > 0 {
		t.Errorf("the pages see %v", pages.Volumes)
	}
	for setting := range pages.Environment {
		if strings.Contains(setting, "DATABASE") || strings.Contains(setting, "TOKEN_KEY") {
			t.Errorf("the pages are told %s", setting)
		}
	}
	for _, secret := range pages.Secrets {
		if secret.Source != "issuers" {
			t.Errorf("the pages hold the secret %s", secret.Source)
		}
	}
	if !waitsFor(project, "web", "api") {
		t.Error("web does not wait for api")
	}
}

func TestProductionIsTheDefault(t *testing.T) {
	for name, service := range load(t).Services {
		if service.Build == nil {
			continue
		}
		if got := service.Environment["SAAKORN_ENVIRONMENT"]; got == nil || *got != "production" {
			t.Errorf("%s does not run as production unless told otherwise", name)
		}
	}
}

func TestLettersReachAltinnFromTheWorkerOnly(t *testing.T) {
	values := environment(t)
	values["SAAKORN_ALTINN"], values["SAAKORN_ALTINN_URL"], values["SAAKORN_ALTINN_RESOURCE"] = "http", "https://altinn.example", "letters"
	for name, want := range map[string]struct{ way, address string }{"default": {"off", "https://platform.altinn.no"}, "set": {"http", "https://altinn.example"}} {
		project := load(t)
		if name == "set" {
			var err error
			if project, err = loadWith(t, values); err != nil {
				t.Fatal(err)
			}
		}
		// The API shows whether there are mailboxes; both read the settings, and only the worker the token.
		for _, service := range []string{"api", "worker"} {
			told := project.Services[service].Environment
			if *told["SAAKORN_ALTINN"] != want.way || *told["SAAKORN_ALTINN_URL"] != want.address || *told["SAAKORN_ALTINN_RESOURCE"] == "" {
				t.Errorf("%s: %s is told to send letters %v", name, service, told)
			}
		}
		for service, s := range project.Services {
			sees := slices.ContainsFunc(s.Volumes, func(v types.ServiceVolumeConfig) bool {
				return strings.HasPrefix(*project.Services["worker"].Environment["SAAKORN_ALTINN_TOKEN_FILE"], v.Target+"/")
			})
			if sees != (service == "worker") {
				t.Errorf("%s: %s sees Altinn's token: %v", name, service, sees)
			}
		}
	}
}

func load(t *testing.T) *types.Project {
	t.Helper()
	project, err := loadWith(t, environment(t))
	if err != nil {
		t.Fatalf("load docker-compose.yml: %v", err)
	}
	return project
}

func loadWith(t *testing.T, environment types.Mapping) (*types.Project, error) {
	t.Helper()
	directory, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  directory,
		ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(directory, "docker-compose.yml")}},
		Environment: environment,
	})
}

// environment is what a newcomer has who filled in every line of example.env that asks for a value.
func environment(t *testing.T) types.Mapping {
	t.Helper()
	values, err := dotenv.Parse(bytes.NewReader(read(t, filepath.Join(root, "deploy/docker/example.env"))))
	if err != nil {
		t.Fatalf("read example.env: %v", err)
	}
	for name, value := range values {
		if value == "" {
			values[name] = "filled"
		}
	}
	return values
}

// oneOffServices are those that others wait for until they have ended well.
func oneOffServices(project *types.Project) map[string]bool {
	oneOff := map[string]bool{}
	for _, service := range project.Services {
		for needed, dependency := range service.DependsOn {
			if dependency.Condition == types.ServiceConditionCompletedSuccessfully {
				oneOff[needed] = true
			}
		}
	}
	return oneOff
}

func waitsFor(project *types.Project, name, needed string) bool {
	for dependency := range project.Services[name].DependsOn {
		if dependency == needed || waitsFor(project, dependency, needed) {
			return true
		}
	}
	return false
}

// programSource is the Go code in which the program's settings are declared.
func programSource(t *testing.T) []byte {
	t.Helper()
	var source []byte
	for _, folder := range []string{"cmd/saakorn", "services/installation"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no source: %v", folder, err)
		}
		for _, path := range files {
			if !strings.HasSuffix(path, "_test.go") {
				source = append(source, read(t, path)...)
			}
		}
	}
	return source
}

func isFile(t *testing.T, service, path string) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%s needs %s, which is no file", service, path)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
