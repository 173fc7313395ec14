package application

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/file"
	"saakorn/services/scheme"
)

// chunkBytes is how much of a file one message carries to the reader.
const chunkBytes = 256 << 10

// UploadAttachment receives a file. It is stored first and becomes an attachment in the transaction
// that follows; what does not become one is removed again.
func (s *Server) UploadAttachment(stream grpc.ClientStreamingServer[saakornv1.UploadAttachmentRequest, saakornv1.UploadAttachmentResponse]) error {
	ctx := stream.Context()
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	header := first.GetHeader()
	if header == nil {
		return fault.Field("header", "REQUIRED", "send the header before the bytes")
	}
	if err := checkName(header); err != nil {
		return err
	}
	rules, err := s.checkUpload(ctx, header)
	if err != nil {
		return err
	}
	key := header.GetApplicationId() + "/" + uuid.NewString()
	kept, err := s.Files.Keep(ctx, key, &chunks{receive: stream.Recv}, rules.MaxBytes)
	if errors.Is(err, file.ErrTooLarge) {
		return fault.Field("chunk", "FILE_TOO_LARGE", fmt.Sprintf("a file can have at most %d bytes", rules.MaxBytes))
	}
	if err != nil {
		return err
	}
	answer, used, err := s.attach(ctx, header, key, kept)
	if !used {
		if removeErr := s.Files.Remove(context.WithoutCancel(ctx), key); removeErr != nil && err == nil {
			err = removeErr
		}
	}
	if err != nil {
		return err
	}
	return stream.SendAndClose(answer)
}

// checkName leaves out the folders that some programs send along with the name of a file, and
// refuses what is left when nothing is, or when it names somebody.
func checkName(header *saakornv1.UploadHeader) error {
	name := header.GetFileName()
	header.FileName = strings.TrimSpace(name[strings.LastIndexAny(name, `/\`)+1:])
	if header.GetFileName() == "" || strings.ContainsFunc(header.GetFileName(), unicode.IsControl) {
		return fault.Field("header.file_name", "NO_FILE_NAME", "send the name of the file, without line breaks")
	}
	return checkNoNationalID("header.file_name", header.GetFileName())
}

// checkUpload refuses early what would be refused anyway, before any bytes are received.
func (s *Server) checkUpload(ctx context.Context, header *saakornv1.UploadHeader) (scheme.AttachmentRules, error) {
	a, err := s.Store.Get(ctx, s.Pool, uuid.MustParse(header.GetApplicationId()))
	if err != nil {
		return scheme.AttachmentRules{}, err
	}
	if err := s.mine(ctx, a.EnterpriseID, true); err != nil {
		return scheme.AttachmentRules{}, err
	}
	round, err := s.round(ctx, s.Pool, a.CallID)
	if err != nil {
		return scheme.AttachmentRules{}, err
	}
	if _, ok := round.Scheme.AttachmentKind(header.GetKind()); !ok {
		return scheme.AttachmentRules{}, fault.Field("header.kind", "NO_SUCH_ATTACHMENT_KIND", "choose one of the attachment kinds of the scheme")
	}
	return round.Scheme.Attachments, CheckEditable(a, round, s.Clock.Now())
}

func (s *Server) attach(ctx context.Context, header *saakornv1.UploadHeader, key string, kept file.Kept) (answer *saakornv1.UploadAttachmentResponse, used bool, err error) {
	if header.GetSha256() != "" && header.GetSha256() != kept.SHA256 {
		return nil, false, fault.Field("header.sha256", "CHECKSUM_DIFFERS", "the file changed on its way: send it again")
	}
	// With its checksum the header stands for the whole request when it is repeated.
	header.Sha256 = kept.SHA256
	id := uuid.Must(uuid.NewV7())
	answer, err = command.Run(ctx, s.runner(), header, func(ctx context.Context, tx pgx.Tx) (*saakornv1.UploadAttachmentResponse, error) {
		a, err := lock(ctx, tx, uuid.MustParse(header.GetApplicationId()))
		if err != nil {
			return nil, err
		}
		return s.attachTo(ctx, tx, a, header, Attachment{ID: id, BlobKey: key}, kept)
	})
	if err != nil && !command.Undone(err) {
		return nil, true, err // the row may be there all the same: a file too many harms nobody, one that is missing does
	}
	// The answer to a repeated request names the file that was stored the first time.
	return answer, answer.GetAttachment().GetId() == id.String(), err
}

func (s *Server) attachTo(ctx context.Context, tx pgx.Tx, a Application, header *saakornv1.UploadHeader, f Attachment, kept file.Kept) (*saakornv1.UploadAttachmentResponse, error) {
	now := s.Clock.Now()
	round, err := s.round(ctx, tx, a.CallID)
	if err != nil {
		return nil, err
	}
	if err := CheckEditable(a, round, now); err != nil {
		return nil, err
	}
	present, err := listAttachments(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	if err := CheckFile(kept, present, round.Scheme.Attachments); err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	f.ApplicationID, f.Kind, f.FileName, f.UploadedBy, f.UploadedAt = a.ID, header.GetKind(), header.GetFileName(), caller.ID, now
	f.MediaType, f.SizeBytes, f.SHA256 = kept.MediaType, kept.Size, kept.SHA256
	err = db.New(tx).InsertAttachment(ctx, db.InsertAttachmentParams{
		ID: f.ID, ApplicationID: f.ApplicationID, Kind: f.Kind, FileName: f.FileName, MediaType: f.MediaType,
		SizeBytes: f.SizeBytes, Sha256: f.SHA256, BlobKey: f.BlobKey, UploadedBy: f.UploadedBy, UploadedAt: f.UploadedAt,
	})
	if err != nil {
		return nil, fmt.Errorf("attach a file: %w", err)
	}
	if a.Revision, err = db.New(tx).TouchApplication(ctx, db.TouchApplicationParams{ID: a.ID, UpdatedAt: now}); err != nil {
		return nil, fmt.Errorf("attach a file: %w", err)
	}
	err = s.record(ctx, tx, a, "ATTACHMENT_ADDED", now, nil, fileFacts(f))
	if err != nil {
		return nil, err
	}
	return &saakornv1.UploadAttachmentResponse{Attachment: presentAttachment(f), Etag: a.Etag()}, nil
}

// CheckFile holds a received file against the limits of the scheme.
func CheckFile(kept file.Kept, present []Attachment, rules scheme.AttachmentRules) error {
	var total int64
	for _, f := range present {
		total += f.SizeBytes
	}
	switch {
	case kept.Size == 0:
		return fault.Field("chunk", "FILE_EMPTY", "the file is empty")
	case !slices.Contains(rules.MediaTypes, kept.MediaType):
		return fault.Field("chunk", "FILE_TYPE_NOT_ACCEPTED", fmt.Sprintf(
			"the file is %s, whatever its name says: send one of %s", kept.MediaType, strings.Join(rules.MediaTypes, ", ")))
	case len(present) >= rules.MaxCount:
		return fault.Field("header.application_id", "TOO_MANY_FILES", fmt.Sprintf("an application can have at most %d files", rules.MaxCount))
	case total+kept.Size > rules.MaxTotalBytes:
		return fault.Field("chunk", "FILES_TOO_LARGE", fmt.Sprintf("all files together can have at most %d bytes", rules.MaxTotalBytes))
	}
	return nil
}

func fileFacts(f Attachment) map[string]any {
	return map[string]any{"attachment_id": f.ID, "kind": f.Kind, "media_type": f.MediaType, "size_bytes": f.SizeBytes, "sha256": f.SHA256}
}

// chunks reads the bytes of a file from a stream of messages.
type chunks struct {
	receive func() (*saakornv1.UploadAttachmentRequest, error)
	rest    []byte
}

func (c *chunks) Read(p []byte) (int, error) {
	for len(c.rest) == 0 {
		m, err := c.receive()
		if err != nil {
			return 0, err
		}
		if m.GetHeader() != nil {
			return 0, fault.Field("header", "SENT_TWICE", "send the header once, before the bytes")
		}
		c.rest = m.GetChunk()
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// RemoveAttachment takes a file out of the working copy; submitted versions keep theirs.
func (s *Server) RemoveAttachment(ctx context.Context, r *saakornv1.RemoveAttachmentRequest) (*saakornv1.RemoveAttachmentResponse, error) {
	if err := s.editable(ctx, r.GetApplicationId()); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RemoveAttachmentResponse, error) {
		a, round, err := s.lockNewest(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		now := s.Clock.Now()
		if err := CheckEditable(a, round, now); err != nil {
			return nil, err
		}
		files, err := listAttachments(ctx, tx, a.ID)
		if err != nil {
			return nil, err
		}
		i := indexOf(files, uuid.MustParse(r.GetAttachmentId()))
		if i < 0 {
			return nil, fault.NewNotFound("attachment")
		}
		if err := db.New(tx).RemoveAttachment(ctx, db.RemoveAttachmentParams{ID: files[i].ID, RemovedAt: &now}); err != nil {
			return nil, fmt.Errorf("remove an attachment: %w", err)
		}
		if a.Revision, err = db.New(tx).TouchApplication(ctx, db.TouchApplicationParams{ID: a.ID, UpdatedAt: now}); err != nil {
			return nil, fmt.Errorf("remove an attachment: %w", err)
		}
		a.Unsubmitted, a.UpdatedAt = true, now
		if err := s.record(ctx, tx, a, "ATTACHMENT_REMOVED", now, fileFacts(files[i]), nil); err != nil {
			return nil, err
		}
		return &saakornv1.RemoveAttachmentResponse{Application: present(a, slices.Delete(files, i, i+1))}, nil
	})
}

// DownloadAttachment sends a file: first what it is, then its bytes.
func (s *Server) DownloadAttachment(r *saakornv1.DownloadAttachmentRequest, stream grpc.ServerStreamingServer[saakornv1.DownloadAttachmentResponse]) error {
	ctx := stream.Context()
	a, err := s.seen(ctx, uuid.MustParse(r.GetApplicationId()))
	if err != nil {
		return err
	}
	f, err := s.findFile(ctx, a, uuid.MustParse(r.GetAttachmentId()))
	if err != nil {
		return err
	}
	content, err := s.Files.Read(ctx, f.BlobKey)
	if err != nil {
		return err
	}
	defer content.Close()
	err = stream.Send(&saakornv1.DownloadAttachmentResponse{
		Part: &saakornv1.DownloadAttachmentResponse_Attachment{Attachment: presentAttachment(f)},
	})
	if err != nil {
		return err
	}
	return send(content, stream)
}

// findFile returns a file of the application as the caller sees it, or of any of its submitted
// versions: those keep files that have been removed since.
func (s *Server) findFile(ctx context.Context, a Submission, id uuid.UUID) (Attachment, error) {
	if i := indexOf(a.Files, id); i >= 0 {
		return a.Files[i], nil
	}
	versions, err := db.New(s.Pool).ListVersions(ctx, a.ID)
	if err != nil {
		return Attachment{}, fmt.Errorf("list versions: %w", err)
	}
	if !slices.ContainsFunc(versions, func(v db.ApplicationVersion) bool { return slices.Contains(v.AttachmentIds, id) }) {
		return Attachment{}, fault.NewNotFound("attachment")
	}
	rows, err := db.New(s.Pool).ListAttachmentsByID(ctx, db.ListAttachmentsByIDParams{ApplicationID: a.ID, Ids: []uuid.UUID{id}})
	if err != nil {
		return Attachment{}, fmt.Errorf("load an attachment: %w", err)
	}
	if len(rows) == 0 {
		return Attachment{}, fault.NewNotFound("attachment")
	}
	return attachments(rows)[0], nil
}

func indexOf(files []Attachment, id uuid.UUID) int {
	return slices.IndexFunc(files, func(f Attachment) bool { return f.ID == id })
}

func send(content io.Reader, stream grpc.ServerStreamingServer[saakornv1.DownloadAttachmentResponse]) error {
	buffer := make([]byte, chunkBytes)
	for {
		n, err := content.Read(buffer)
		if n > 0 {
			part := &saakornv1.DownloadAttachmentResponse_Chunk{Chunk: slices.Clone(buffer[:n])}
			if err := stream.Send(&saakornv1.DownloadAttachmentResponse{Part: part}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a file: %w", err)
		}
	}
}
