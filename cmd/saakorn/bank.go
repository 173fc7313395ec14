package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"saakorn/services/installation"
	"saakorn/services/payment"
)

type bankCommand struct {
	installation.Settings `embed:""`
	Every                 time.Duration `help:"keep looking into the folder, this often; without it once"`
}

// Run imports what has come, and says how much that was. Broken files stay where they are.
func (c *bankCommand) Run(ctx context.Context, log *slog.Logger) error {
	if c.Bank.Inbox == "" {
		return errors.New("set SAAKORN_BANK_INBOX to the folder that files from the bank come to")
	}
	i, err := open(ctx, c.Settings, log)
	if err != nil {
		return err
	}
	defer i.Close()
	done, err := i.Money.FetchInbox(ctx)
	if c.Every <= 0 {
		return errors.Join(err, tellFetched(done))
	}
	ticker := time.NewTicker(c.Every)
	defer ticker.Stop()
	for {
		if err != nil {
			log.ErrorContext(ctx, "could not import every file from the bank", "error", err)
		}
		if len(done.Broken) > 0 || done.NeedEyes > 0 || done.Imported > 0 {
			log.InfoContext(ctx, "files from the bank", "imported", done.Imported, "need_eyes", done.NeedEyes, "broken", done.Broken)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		done, err = i.Money.FetchInbox(ctx)
	}
}

func tellFetched(done payment.Fetched) error {
	fmt.Printf("%d files imported, %d had come before, %d entries to look at\n", done.Imported, done.Repeated, done.NeedEyes)
	if len(done.Broken) > 0 {
		return fmt.Errorf("these are no files from a bank, and were left where they are: %s", strings.Join(done.Broken, ", "))
	}
	return nil
}
