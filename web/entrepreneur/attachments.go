package entrepreneur

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// attachmentsForm is the page with the documents of what is filled in.
type attachmentsForm struct {
	of       filled
	kinds    []documentKind
	files    []document
	rules    *saakornv1.AttachmentRules
	kind     string
	errors   ui.Errors
	progress []ui.ProgressStep
	missing  map[string]bool // kinds that must be there
	// intro says more of what is needed; empty for nothing.
	intro string
}

// documentKind is a kind of document of the contract, document one that has been uploaded.
type documentKind interface {
	GetKey() string
	GetTitle() *saakornv1.LocalizedText
	GetHelp() *saakornv1.LocalizedText
}

type document interface {
	GetId() string
	GetKind() string
	GetFileName() string
	GetSizeBytes() int64
	GetUploadedAt() *timestamppb.Timestamp
}

// kindsOf and documentsOf take the contract's messages for what they have in common.
func kindsOf[K documentKind](all []K) []documentKind {
	kinds := make([]documentKind, 0, len(all))
	for _, k := range all {
		kinds = append(kinds, k)
	}
	return kinds
}

func documentsOf[D document](all []D) []document {
	files := make([]document, 0, len(all))
	for _, d := range all {
		files = append(files, d)
	}
	return files
}

func showAttachments(v *site.Visit, d *draft, errs ui.Errors) error {
	rules := d.scheme.GetAttachments()
	return showDocuments(v, &attachmentsForm{of: d, kinds: kindsOf(rules.GetKinds()), files: documentsOf(d.app.GetAttachments()), rules: rules, errors: errs})
}

func showDocuments(v *site.Visit, f *attachmentsForm) error {
	if !f.of.state().open {
		return notFound()
	}
	problems, _, err := f.of.problems(v)
	if err != nil {
		return err
	}
	f.kind, f.progress, f.missing = v.Value("kind"), progress(f.of, v.Page, stepAttachments, problems), map[string]bool{}
	for _, problem := range problems {
		if id, ok := f.of.input(stepAttachments, problem.Field); ok {
			f.missing[strings.TrimPrefix(id, kindID)] = true
		}
	}
	if len(f.errors) > 0 {
		return v.ShowInvalid(attachmentsPage(v.Page, f))
	}
	return v.Show(attachmentsPage(v.Page, f))
}

// upload receives a document of an application.
func upload(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	errs, err := receive(v, func(name string, file io.Reader) error {
		stream, err := v.API.Applications.UploadAttachment(v.Context())
		if err != nil {
			return err
		}
		// A refusal in the middle is told by CloseAndRecv.
		err = stream.Send(&saakornv1.UploadAttachmentRequest{Part: &saakornv1.UploadAttachmentRequest_Header{Header: &saakornv1.UploadHeader{
			RequestId: v.RequestID(), ApplicationId: d.app.GetId(), Kind: v.Value("kind"), FileName: name,
		}}})
		if err == nil {
			err = send(file, func(bytes []byte) error {
				return stream.Send(&saakornv1.UploadAttachmentRequest{Part: &saakornv1.UploadAttachmentRequest_Chunk{Chunk: bytes}})
			})
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		_, err = stream.CloseAndRecv()
		return err
	})
	if len(errs) > 0 {
		return showAttachments(v, d, errs)
	}
	if err != nil {
		return err
	}
	return v.GoWith(stepPath(d, stepAttachments), "uploaded")
}

// receive hands over the file that was chosen, and words what is wrong with it.
func receive(v *site.Visit, handOver func(name string, file io.Reader) error) (ui.Errors, error) {
	file, header, err := v.Request.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return ui.Errors{{ID: "file", Text: v.Page.T("attachments.choose_file")}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read an uploaded file: %w", err)
	}
	defer file.Close()
	err = handOver(fileName(header), file)
	errs, _ := site.FormErrors(v.Page.Printer, err, map[string]string{
		"header.kind": "kind", "kind": "kind", "file": "file", "header.file_name": "file", "file_name": "file", "chunk": "file", "": "file",
	})
	return errs, err
}

func fileName(h *multipart.FileHeader) string {
	return path.Base(strings.ReplaceAll(h.Filename, "\\", "/"))
}

// chunk is how many bytes are sent at a time.
const chunk = 256 << 10

// send sends the file in chunks.
func send(file io.Reader, chunkOf func([]byte) error) error {
	buffer := make([]byte, chunk)
	for {
		n, readErr := io.ReadFull(file, buffer)
		if n > 0 {
			if err := chunkOf(buffer[:n]); err != nil {
				return err
			}
		}
		if errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF) {
			return nil
		}
		if readErr != nil {
			return fmt.Errorf("read an uploaded file: %w", readErr)
		}
	}
}

// removeAttachment takes a document out of the draft.
func removeAttachment(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	_, err = v.API.Applications.RemoveAttachment(v.Context(), &saakornv1.RemoveAttachmentRequest{
		RequestId: v.RequestID(), ApplicationId: d.app.GetId(), AttachmentId: v.Value("attachment"), Etag: d.app.GetEtag(),
	})
	if err != nil {
		return err
	}
	return v.GoWith(stepPath(d, stepAttachments), "removed")
}

// download sends a document of an application.
func download(v *site.Visit) error {
	id, err := v.ID("application")
	if err != nil {
		return err
	}
	attachment, err := v.ID("attachment")
	if err != nil {
		return err
	}
	stream, err := v.API.Applications.DownloadAttachment(v.Context(), &saakornv1.DownloadAttachmentRequest{ApplicationId: id, AttachmentId: attachment})
	if err != nil {
		return err
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	site.OfferFile(v.Writer, first.GetAttachment().GetFileName(), first.GetAttachment().GetMediaType())
	return pass(v, stream.Recv)
}

// pass sends what a stream brings on to the browser, which saves it and never shows it here: what people
// upload is not ours to run.
func pass[R interface{ GetChunk() []byte }](v *site.Visit, next func() (R, error)) error {
	for {
		part, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("send a document: %w", err)
		}
		if _, err := v.Writer.Write(part.GetChunk()); err != nil {
			return nil //nolint:nilerr // the reader has gone away, and nobody else can be told
		}
	}
}

// kindField chooses what kind of document it is; one that must be there and is not comes first.
func (f *attachmentsForm) kindField(p ui.Page) ui.Field {
	field := ui.Field{ID: "kind", Label: p.T("attachments.kind"), Error: f.errors.For("kind")}
	chosen := f.kind
	for _, kind := range f.kinds {
		if chosen == "" && f.missing[kind.GetKey()] {
			chosen = kind.GetKey()
		}
	}
	for _, kind := range f.kinds {
		field.Choices = append(field.Choices, ui.Choice{
			Value: kind.GetKey(), Label: site.In(p.Language, kind.GetTitle()), Chosen: kind.GetKey() == chosen,
		})
	}
	return field
}

// types returns the kinds of files that are accepted, as people know them.
func (f *attachmentsForm) types() []string {
	var names []string
	for _, mediaType := range f.rules.GetMediaTypes() {
		name, ok := map[string]string{
			"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG",
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   "Word",
			"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         "Excel",
			"application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
			"application/vnd.oasis.opendocument.text":                                   "ODT",
			"application/vnd.oasis.opendocument.spreadsheet":                            "ODS",
			"application/vnd.oasis.opendocument.presentation":                           "ODP",
		}[mediaType]
		if !ok {
			name = mediaType
		}
		names = append(names, name)
	}
	return names
}
