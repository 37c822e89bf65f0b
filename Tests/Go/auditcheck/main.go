// Checks a Gatehouse audit log with the Go project's own packages for such logs, golang.org/x/mod/sumdb/note and tlog,
// which share no code with Gatehouse.
//
//	auditcheck log FOLDER VKEY                                 the checkpoint, every entry and tile of a folder
//	auditcheck receipt FILE VKEY                               a receipt
//	auditcheck inclusion CHECKPOINT VKEY INDEX ENTRY PROOF     a proof, one hash per line
//	auditcheck consistency OLD NEW VKEY PROOF                  a proof between two checkpoints
//	auditcheck cosignature CHECKPOINT WITNESS_VKEY LOG_VKEY    a witness's cosignature, beside the log's own signature
//	auditcheck root FOLDER                                     hashes all entries; prints root and time as JSON
//
// It prints one line and ends with 0 when all of it holds, with 1 when something does not.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8
const width = 1 << height

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println("auditcheck:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "log":
		return checkLog(args[1], args[2])
	case len(args) == 3 && args[0] == "receipt":
		return checkReceipt(args[1], args[2])
	case len(args) == 6 && args[0] == "inclusion":
		return checkInclusion(args[1], args[2], args[3], args[4], args[5])
	case len(args) == 5 && args[0] == "consistency":
		return checkConsistency(args[1], args[2], args[3], args[4])
	case len(args) == 4 && args[0] == "cosignature":
		return checkCosignature(args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "root":
		return hashAll(args[1])
	}
	return errors.New("usage: see the top of main.go")
}

// openCheckpoint verifies the signature and reads the three lines below it.
func openCheckpoint(signed []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("the checkpoint is of %q, the key of %q", origin, verifier.Name())
	}
	// The package's own log has a fixed first line; the others are the same.
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

// folder reads tiles as a log's client would; tlog authenticates them against the tree.
type folder string

func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		bytes, err := f.read(tile)
		if err != nil {
			return nil, err
		}
		found = append(found, bytes)
	}
	return found, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

// read finds a tile: its address lacks the height, and says `entries` for the leaves' data.
func (f folder) read(tile tlog.Tile) ([]byte, error) {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	path = strings.Replace(path, "tile/data/", "tile/entries/", 1)
	return os.ReadFile(filepath.Join(string(f), path))
}

// bundle reads the entries of one bundle.
func (f folder) bundle(index int64, count int) ([][]byte, error) {
	bytes, err := f.read(tlog.Tile{H: height, L: -1, N: index, W: count})
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for i := 0; i < count; i++ {
		if len(bytes) < 2 {
			return nil, errors.New("a bundle is too short")
		}
		length := int(binary.BigEndian.Uint16(bytes))
		if len(bytes) < 2+length {
			return nil, errors.New("a bundle is too short")
		}
		entries = append(entries, bytes[2:2+length])
		bytes = bytes[2+length:]
	}
	if len(bytes) > 0 {
		return nil, errors.New("a bundle is too long")
	}
	return entries, nil
}

func (f folder) entries(size int64, each func(index int64, entry []byte) error) error {
	for start := int64(0); start < size; start += width {
		count := width
		if size-start < width {
			count = int(size - start)
		}
		entries, err := f.bundle(start/width, count)
		if err != nil {
			return err
		}
		for i, entry := range entries {
			if err := each(start+int64(i), entry); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkLog(path, vkey string) error {
	signed, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(signed, vkey)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, folder(path))
	err = folder(path).entries(tree.N, func(index int64, entry []byte) error {
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			return err
		}
		return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
	})
	if err != nil {
		return err
	}
	for size := int64(1); size <= tree.N; size += 1 + size/7 {
		old, err := tlog.TreeHash(size, hashes)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, size, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, size, old); err != nil {
			return err
		}
	}
	fmt.Printf("log of %d entries holds\n", tree.N)
	return nil
}

func checkReceipt(path, vkey string) error {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, signed, found := strings.Cut(string(bytes), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" || len(lines) < 3 {
		return errors.New("not a receipt")
	}
	extra, isExtra := cutPrefix(lines[1], "extra ")
	index, isIndex := cutPrefix(lines[2], "index ")
	if !isExtra || !isIndex {
		return errors.New("the receipt has no entry or no index")
	}
	entry, err := base64.StdEncoding.DecodeString(extra)
	if err != nil {
		return err
	}
	return checkEntry([]byte(signed), vkey, index, entry, lines[3:])
}

// cutPrefix is strings.CutPrefix, which older compilers lack.
func cutPrefix(text, prefix string) (string, bool) {
	return strings.TrimPrefix(text, prefix), strings.HasPrefix(text, prefix)
}

func checkInclusion(checkpoint, vkey, index, entry, proof string) error {
	signed, err := os.ReadFile(checkpoint)
	if err != nil {
		return err
	}
	bytes, err := os.ReadFile(entry)
	if err != nil {
		return err
	}
	lines, err := readLines(proof)
	if err != nil {
		return err
	}
	return checkEntry(signed, vkey, index, bytes, lines)
}

func checkEntry(signed []byte, vkey, index string, entry []byte, lines []string) error {
	tree, err := openCheckpoint(signed, vkey)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(index, 10, 64)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, n, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("entry %d of %d holds\n", n, tree.N)
	return nil
}

func checkConsistency(oldPath, newPath, vkey, proof string) error {
	var trees [2]tlog.Tree
	for i, path := range []string{oldPath, newPath} {
		signed, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if trees[i], err = openCheckpoint(signed, vkey); err != nil {
			return err
		}
	}
	lines, err := readLines(proof)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(hashes, trees[1].N, trees[1].Hash, trees[0].N, trees[0].Hash); err != nil {
		return err
	}
	fmt.Printf("%d grew from %d\n", trees[1].N, trees[0].N)
	return nil
}

func readLines(path string) ([]string, error) {
	bytes, err := os.ReadFile(path)
	return strings.Fields(string(bytes)), err
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

// memory holds all hashes of a tree.
type memory []tlog.Hash

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		found = append(found, (*m)[index])
	}
	return found, nil
}

// hashAll is the peer of the benchmark: the same files, the same hashes.
func hashAll(path string) error {
	started := time.Now()
	signed, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	if err != nil {
		return err
	}
	size, err := strconv.ParseInt(strings.Split(string(signed), "\n")[1], 10, 64)
	if err != nil {
		return err
	}
	var hashes memory
	err = folder(path).entries(size, func(index int64, entry []byte) error {
		stored, err := tlog.StoredHashes(index, entry, &hashes)
		hashes = append(hashes, stored...)
		return err
	})
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(size, &hashes)
	if err != nil {
		return err
	}
	wall := time.Since(started).Seconds()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	cpu := float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"wall_s": wall, "cpu_s": cpu, "peak_mb": float64(usage.Maxrss) / 1024, "before_mb": 0,
		"result": map[string]any{"entries": size, "root": root.String()},
	})
}
