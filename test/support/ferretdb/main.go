// Command ferretdb is the MongoDB-compatible server of the tests: FerretDB, which keeps its data in SQLite files.
//
//	ferretdb 127.0.0.1:PORT DIRECTORY
//
// It ends when its standard input does, so that it never outlives who started it, and at once on any signal: FerretDB's
// own way to stop waits three seconds for connections that are open, and what SQLite has committed is on disk.
package main

import (
	"context"
	"io"
	"log"
	"log/slog"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: ferretdb ADDRESS DIRECTORY")
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: os.Args[1]},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + os.Args[2] + "/",
	})
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(server.Run(context.Background())) }()
	_, _ = io.Copy(io.Discard, os.Stdin)
}
