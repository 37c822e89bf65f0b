package import GatehouseCore

/// Entries of the log in one file that is checked without the server: JSON Lines of a header with the signed checkpoint,
/// entries with their proofs, documents that entries name by digest, and a last line with the counts, so that a file that
/// was cut off is seen.
///
///     {"format":"gatehouse-audit-bundle@1","origin":…,"vkey":…,"checkpoint":…,…}
///     {"entry":"<the leaf's bytes>","people":{…},"texts":{…},"proof":["<base64>",…]}
///     {"digest":"sha256:…","document":"…"}
///     {"end":{"entries":12,"documents":1}}
///
/// The leaf stands as text: its hash is the hash of exactly those bytes.
package enum AuditBundle {
    package static let format = "gatehouse-audit-bundle@1"
    /// An entry of 65,535 bytes with 64 texts of 65,535, all of them escaped.
    package static let lineBytesMax = 32 * 1024 * 1024
    package static let fileExtension = "jsonl"

    package struct Header: Sendable, Equatable {
        package let origin: String
        /// The key that signed the checkpoint, as a reader can compare it with one from elsewhere.
        package let vkey: String
        /// The signed note; nil while the log has signed nothing yet.
        package let checkpoint: String?
        package let exportedAt: Timestamp
        /// What was asked for, in words of the export command.
        package let selection: JSONValue
        /// Whether names and free texts come along.
        package let hasTexts: Bool

        package init(
            origin: String, vkey: String, checkpoint: String?, exportedAt: Timestamp, selection: JSONValue, hasTexts: Bool
        ) {
            self.origin = origin
            self.vkey = vkey
            self.checkpoint = checkpoint
            self.exportedAt = exportedAt
            self.selection = selection
            self.hasTexts = hasTexts
        }
    }

    package struct Entry: Sendable {
        package let leaf: AuditLeaf
        let words: AuditWords
        /// From the leaf to the root of the checkpoint; nil for an entry that the checkpoint does not cover yet.
        package let proof: [TreeHash]?

        /// Fails with `integrity` where the words are others than the leaf commits to.
        package func resolved() throws -> AuditEntry { try words.entry(leaf) }
    }

    package struct Document: Sendable, Equatable {
        package let digest: Digest
        package let bytes: [UInt8]

        package init(digest: Digest, bytes: [UInt8]) {
            self.digest = digest
            self.bytes = bytes
        }
    }

    package enum Line: Sendable {
        case header(Header)
        case entry(Entry)
        case document(Document)
        case end(entries: Int64, documents: Int64)
    }
}

// MARK: - Writing

extension AuditBundle.Line {
    /// One line, without its line feed.
    package var text: String { json.canonicalText }

    package var json: JSONValue {
        switch self {
        case .header(let header): header.json
        case .entry(let entry): entry.json
        case .document(let document):
            [
                "digest": .string(document.digest.description),
                "document": .string(String(decoding: document.bytes, as: UTF8.self)),
            ]
        case .end(let entries, let documents):
            ["end": ["entries": .integer(entries), "documents": .integer(documents)]]
        }
    }
}

extension AuditBundle.Header {
    fileprivate var json: JSONValue {
        [
            "format": .string(AuditBundle.format), "origin": .string(origin), "vkey": .string(vkey),
            "checkpoint": checkpoint.map { .string($0) } ?? .null, "exported_at": .string(exportedAt.description),
            "selection": selection, "has_texts": .bool(hasTexts),
        ]
    }
}

extension AuditBundle.Entry {
    fileprivate var json: JSONValue {
        let people = words.people.mapValues { kept in
            JSONValue.object(["name": .string(kept.principal.text), "salt": .string(Base64.encode(kept.salt))])
        }
        let texts = (words.texts[leaf.sequence] ?? [:]).mapValues { kept in
            JSONValue.object(["text": .string(kept.text), "salt": .string(Base64.encode(kept.salt))])
        }
        return [
            "entry": .string(String(decoding: leaf.canonicalBytes, as: UTF8.self)), "people": .object(people),
            "texts": .object(texts), "proof": proof.map { .array($0.map { .string($0.base64) }) } ?? .null,
        ]
    }
}
