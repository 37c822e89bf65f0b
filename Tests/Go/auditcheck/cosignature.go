package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// The type of a witness's Ed25519 key in C2SP signed-note; the note package knows 1, a log's, only.
const cosignatureType = 4

// witness verifies cosignatures (C2SP tlog-cosignature, Ed25519) as a note.Verifier, so that note.Open parses the note and
// finds the line.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	time uint64
}

func parseWitness(vkey string) (*witness, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, found := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureType {
		return nil, errors.New("not the key of a witness")
	}
	digest := sha256.Sum256(append([]byte(name+"\n"), key...))
	hash := binary.BigEndian.Uint32(digest[:])
	if said, err := strconv.ParseUint(id, 16, 32); err != nil || uint32(said) != hash {
		return nil, fmt.Errorf("the key's id is %08x, not %s", hash, id)
	}
	return &witness{name: name, hash: hash, key: key[1:]}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	w.time = binary.BigEndian.Uint64(signature)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", w.time, text)
	return ed25519.Verify(w.key, []byte(signed), signature[8:])
}

func checkCosignature(path, witnessKey, logKey string) error {
	signed, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(signed, logKey)
	if err != nil {
		return err
	}
	w, err := parseWitness(witnessKey)
	if err != nil {
		return err
	}
	if _, err := note.Open(signed, note.VerifierList(w)); err != nil {
		return err
	}
	fmt.Printf("%s cosigned %d entries at %d\n", w.name, tree.N, w.time)
	return nil
}
