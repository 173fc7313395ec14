package entrepreneur

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// attachmentsForm is the page with the documents of an application.
type attachmentsForm struct {
	draft    *draft
	kind     string
	errors   ui.Errors
	progress []ui.ProgressStep
	missing  map[string]bool // kinds that must be there
}

func showAttachments(v *site.Visit, d *draft, errs ui.Errors) error {
	if !d.editable() {
		return notFound()
	}
	problems, _, err := d.problems(v)
	if err != nil {
		return err
	}
	f := &attachmentsForm{draft: d, kind: v.Value("kind"), errors: errs, progress: d.progress(v.Page, stepAttachments, problems), missing: map[string]bool{}}
	for _, problem := range problems {
		if kind, ok := strings.CutPrefix(problem.GetField(), "attachments."); ok {
			f.missing[kind] = true
		}
	}
	if len(errs) > 0 {
		return v.ShowInvalid(attachmentsPage(v.Page, f))
	}
	return v.Show(attachmentsPage(v.Page, f))
}

// upload receives a document.
func upload(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	file, header, err := v.Request.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return showAttachments(v, d, ui.Errors{{ID: "file", Text: v.Page.T("attachments.choose_file")}})
	}
	if err != nil {
		return fmt.Errorf("read an uploaded file: %w", err)
	}
	defer file.Close()
	err = send(v, &saakornv1.UploadHeader{
		RequestId: v.RequestID(), ApplicationId: d.app.GetId(), Kind: v.Value("kind"), FileName: fileName(header),
	}, file)
	if errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{
		"header.kind": "kind", "kind": "kind", "file": "file", "header.file_name": "file", "file_name": "file", "chunk": "file", "": "file",
	}); ok {
		return showAttachments(v, d, errs)
	}
	if err != nil {
		return err
	}
	return v.GoWith(d.stepPath(stepAttachments), "uploaded")
}

func fileName(h *multipart.FileHeader) string {
	return path.Base(strings.ReplaceAll(h.Filename, "\\", "/"))
}

// chunk is how many bytes are sent at a time.
const chunk = 256 << 10

func send(v *site.Visit, header *saakornv1.UploadHeader, file io.Reader) error {
	stream, err := v.API.Applications.UploadAttachment(v.Context())
	if err != nil {
		return err
	}
	// A refusal in the middle is told by CloseAndRecv.
	err = stream.Send(&saakornv1.UploadAttachmentRequest{Part: &saakornv1.UploadAttachmentRequest_Header{Header: header}})
	buffer := make([]byte, chunk)
	for err == nil {
		n, readErr := io.ReadFull(file, buffer)
		if n > 0 {
			err = stream.Send(&saakornv1.UploadAttachmentRequest{Part: &saakornv1.UploadAttachmentRequest_Chunk{Chunk: buffer[:n]}})
		}
		if errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF) {
			break
		}
		if readErr != nil {
			return fmt.Errorf("read an uploaded file: %w", readErr)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	_, err = stream.CloseAndRecv()
	return err
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
	return v.GoWith(d.stepPath(stepAttachments), "removed")
}

// download sends a document. Browsers save it and never show it here: what people upload is not ours
// to run.
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
	for {
		part, err := stream.Recv()
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
	for _, kind := range f.draft.scheme.GetAttachments().GetKinds() {
		if chosen == "" && f.missing[kind.GetKey()] {
			chosen = kind.GetKey()
		}
	}
	for _, kind := range f.draft.scheme.GetAttachments().GetKinds() {
		field.Choices = append(field.Choices, ui.Choice{
			Value: kind.GetKey(), Label: site.In(p.Language, kind.GetTitle()), Chosen: kind.GetKey() == chosen,
		})
	}
	return field
}

// types returns the kinds of files that are accepted, as people know them.
func (f *attachmentsForm) types() []string {
	var names []string
	for _, mediaType := range f.draft.scheme.GetAttachments().GetMediaTypes() {
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
