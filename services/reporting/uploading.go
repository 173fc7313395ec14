package reporting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/file"
	"saakorn/services/reporting/db"
	"saakorn/services/scheme"
)

// chunkBytes is how much of a file one message carries to the reader.
const chunkBytes = 256 << 10

// UploadReportAttachment receives a file. It is stored first and becomes an attachment in the
// transaction that follows; what does not become one is removed again.
func (s *Server) UploadReportAttachment(stream grpc.ClientStreamingServer[saakornv1.UploadReportAttachmentRequest, saakornv1.UploadReportAttachmentResponse]) error {
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
	limit, err := s.checkUpload(ctx, header)
	if err != nil {
		return err
	}
	key := "reports/" + header.GetReportId() + "/" + uuid.NewString()
	kept, err := s.Files.Keep(ctx, key, &chunks{receive: stream.Recv}, limit)
	if errors.Is(err, file.ErrTooLarge) {
		return fault.Field("chunk", "FILE_TOO_LARGE", fmt.Sprintf("a file can have at most %d bytes", limit))
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

// checkName leaves out the folders that some programs send along with the name of a file.
func checkName(header *saakornv1.ReportUploadHeader) error {
	name := header.GetFileName()
	header.FileName = strings.TrimSpace(name[strings.LastIndexAny(name, `/\`)+1:])
	if header.GetFileName() == "" || strings.ContainsFunc(header.GetFileName(), unicode.IsControl) {
		return fault.Field("header.file_name", "NO_FILE_NAME", "send the name of the file, without line breaks")
	}
	return checkTexts(map[string]string{"header.file_name": header.GetFileName()})
}

// checkUpload refuses early what would be refused anyway, before any bytes are received.
func (s *Server) checkUpload(ctx context.Context, header *saakornv1.ReportUploadHeader) (maxBytes int64, err error) {
	if err := s.mine(ctx, header.GetReportId(), true); err != nil {
		return 0, err
	}
	r, err := s.Store.Report(ctx, s.Pool, uuid.MustParse(header.GetReportId()))
	if err != nil {
		return 0, err
	}
	rules, err := s.Schemes.Definition(ctx, r.SchemeID, r.SchemeVersion)
	if err != nil {
		return 0, err
	}
	if _, ok := rules.Reporting.Document(header.GetKind()); !ok {
		return 0, fault.Field("header.kind", "NO_SUCH_ATTACHMENT_KIND", "choose one of the kinds of report documents of the scheme")
	}
	return rules.Attachments.MaxBytes, CheckEditable(r)
}

func (s *Server) attach(ctx context.Context, header *saakornv1.ReportUploadHeader, key string, kept file.Kept) (answer *saakornv1.UploadReportAttachmentResponse, used bool, err error) {
	if header.GetSha256() != "" && header.GetSha256() != kept.SHA256 {
		return nil, false, fault.Field("header.sha256", "CHECKSUM_DIFFERS", "the file changed on its way: send it again")
	}
	// With its checksum the header stands for the whole request when it is repeated.
	header.Sha256 = kept.SHA256
	caller, _ := access.From(ctx)
	f := Attachment{
		ID: uuid.Must(uuid.NewV7()), Kind: header.GetKind(), FileName: header.GetFileName(), MediaType: kept.MediaType,
		SizeBytes: kept.Size, SHA256: kept.SHA256, BlobKey: key, UploadedBy: caller.ID, UploadedAt: s.Clock.Now(),
	}
	answer, err = command.Run(ctx, s.runner(), header, func(ctx context.Context, tx pgx.Tx) (*saakornv1.UploadReportAttachmentResponse, error) {
		newest, err := lock(ctx, tx, uuid.MustParse(header.GetReportId()))
		if err != nil {
			return nil, err
		}
		r, err := s.edit(ctx, tx, header.GetReportId(), newest.Etag(), "REPORT_ATTACHMENT_ADDED", func(r *Report, rules *scheme.Definition, _ time.Time) (any, any, error) {
			if err := CheckEditable(*r); err != nil {
				return nil, nil, err
			}
			present, err := listAttachments(ctx, tx, r.ID)
			if err != nil {
				return nil, nil, err
			}
			if err := application.CheckFile(kept, sizes(present), rules.Attachments); err != nil {
				return nil, nil, err
			}
			r.Unsubmitted, f.ReportID = true, r.ID
			return nil, fileFacts(f), insertAttachment(ctx, tx, f)
		})
		if err != nil {
			return nil, err
		}
		return &saakornv1.UploadReportAttachmentResponse{Attachment: presentAttachment(f), Etag: r.Etag()}, nil
	})
	if err != nil && !command.Undone(err) {
		return nil, true, err // the row may be there all the same: a file too many harms nobody, one that is missing does
	}
	// The answer to a repeated request names the file that was stored the first time.
	return answer, answer.GetAttachment().GetId() == f.ID.String(), err
}

// sizes are what the limits of the scheme are held against.
func sizes(files []Attachment) []application.Attachment {
	list := make([]application.Attachment, 0, len(files))
	for _, f := range files {
		list = append(list, application.Attachment{SizeBytes: f.SizeBytes})
	}
	return list
}

func insertAttachment(ctx context.Context, tx pgx.Tx, f Attachment) error {
	err := db.New(tx).InsertAttachment(ctx, db.InsertAttachmentParams{
		ID: f.ID, ReportID: f.ReportID, Kind: f.Kind, FileName: f.FileName, MediaType: f.MediaType, SizeBytes: f.SizeBytes,
		Sha256: f.SHA256, BlobKey: f.BlobKey, UploadedBy: f.UploadedBy, UploadedAt: f.UploadedAt,
	})
	if err != nil {
		return fmt.Errorf("attach a file: %w", err)
	}
	return nil
}

func fileFacts(f Attachment) map[string]any {
	return map[string]any{"attachment_id": f.ID, "kind": f.Kind, "media_type": f.MediaType, "size_bytes": f.SizeBytes, "sha256": f.SHA256}
}

// chunks reads the bytes of a file from a stream of messages.
type chunks struct {
	receive func() (*saakornv1.UploadReportAttachmentRequest, error)
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

// RemoveReportAttachment takes a file out of the working copy; submitted versions keep theirs.
func (s *Server) RemoveReportAttachment(ctx context.Context, q *saakornv1.RemoveReportAttachmentRequest) (*saakornv1.RemoveReportAttachmentResponse, error) {
	if err := s.mine(ctx, q.GetReportId(), true); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), q, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RemoveReportAttachmentResponse, error) {
		r, err := s.edit(ctx, tx, q.GetReportId(), q.GetEtag(), "REPORT_ATTACHMENT_REMOVED", func(r *Report, _ *scheme.Definition, now time.Time) (any, any, error) {
			if err := CheckEditable(*r); err != nil {
				return nil, nil, err
			}
			files, err := listAttachments(ctx, tx, r.ID)
			if err != nil {
				return nil, nil, err
			}
			i := slices.IndexFunc(files, func(f Attachment) bool { return f.ID.String() == q.GetAttachmentId() })
			if i < 0 {
				return nil, nil, fault.NewNotFound("attachment")
			}
			if err := db.New(tx).RemoveAttachment(ctx, db.RemoveAttachmentParams{ID: files[i].ID, RemovedAt: &now}); err != nil {
				return nil, nil, fmt.Errorf("remove an attachment: %w", err)
			}
			r.Unsubmitted = true
			return fileFacts(files[i]), nil, nil
		})
		if err != nil {
			return nil, err
		}
		files, err := listAttachments(ctx, tx, r.ID)
		return &saakornv1.RemoveReportAttachmentResponse{Report: present(r, files, s.Clock.Now())}, err
	})
}

// DownloadReportAttachment sends a file: first what it is, then its bytes. Others than the enterprise
// get what belongs to a submitted version.
func (s *Server) DownloadReportAttachment(q *saakornv1.DownloadReportAttachmentRequest, stream grpc.ServerStreamingServer[saakornv1.DownloadReportAttachmentResponse]) error {
	ctx := stream.Context()
	r, own, err := s.visible(ctx, uuid.MustParse(q.GetReportId()))
	if err != nil {
		return err
	}
	f, err := s.findFile(ctx, r, own, uuid.MustParse(q.GetAttachmentId()))
	if err != nil {
		return err
	}
	content, err := s.Files.Read(ctx, f.BlobKey)
	if err != nil {
		return err
	}
	defer content.Close()
	err = stream.Send(&saakornv1.DownloadReportAttachmentResponse{
		Part: &saakornv1.DownloadReportAttachmentResponse_Attachment{Attachment: presentAttachment(f)},
	})
	if err != nil {
		return err
	}
	return send(content, stream)
}

func (s *Server) findFile(ctx context.Context, r Report, own bool, id uuid.UUID) (Attachment, error) {
	var files []Attachment
	if own {
		working, err := listAttachments(ctx, s.Pool, r.ID)
		if err != nil {
			return Attachment{}, err
		}
		files = working
	}
	for version := r.Version; version > 0; version-- {
		submitted, err := submittedFiles(ctx, s.Pool, r, version)
		if err != nil {
			return Attachment{}, err
		}
		files = append(files, submitted...)
	}
	i := slices.IndexFunc(files, func(f Attachment) bool { return f.ID == id })
	if i < 0 {
		return Attachment{}, fault.NewNotFound("attachment")
	}
	return files[i], nil
}

func send(content io.Reader, stream grpc.ServerStreamingServer[saakornv1.DownloadReportAttachmentResponse]) error {
	buffer := make([]byte, chunkBytes)
	for {
		n, err := content.Read(buffer)
		if n > 0 {
			part := &saakornv1.DownloadReportAttachmentResponse_Chunk{Chunk: slices.Clone(buffer[:n])}
			if err := stream.Send(&saakornv1.DownloadReportAttachmentResponse{Part: part}); err != nil {
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
