import GatehouseCore

// The struct alone: Crypto has a protocol called Digest too.
import struct Crypto.SHA256

/// Checks a bundle line by line, in memory for one line: signature of the checkpoint, the way of every entry to its root,
/// names and texts against the commitments, documents against their digests, and that nothing was cut off.
///
/// What it cannot say: that no entry was left out on purpose. `isWhole` says it of a bundle that holds every entry of its
/// checkpoint.
package struct AuditBundleCheck: Sendable {
    package struct Finding: Sendable, Equatable {
        package let header: AuditBundle.Header
        /// Entries in the tree that was signed; nil without a checkpoint.
        package let checkpointSize: Int64?
        package let entries: Int64
        /// Of them, those that the checkpoint covers.
        package let proved: Int64
        package let documents: Int64
        /// Texts and names that are not there: forgotten on request, or withheld by the export.
        package let absentTexts: Int64
        /// Whether every entry of the checkpoint is in the file.
        package let isWhole: Bool
        /// Whether the key came from elsewhere. Else the file vouches for itself alone.
        package let isKeyGiven: Bool
    }

    /// What a line brought.
    package enum Taken: Sendable {
        case nothing
        case entry(AuditEntry)
        case document(AuditBundle.Document)
    }

    private let givenKey: NoteVerifier?
    private var header: AuditBundle.Header?
    private var checkpoint: Checkpoint?
    private var lineNumber: Int64 = 0
    private var entries: Int64 = 0
    private var proved: Int64 = 0
    private var documents: Int64 = 0
    private var absentTexts: Int64 = 0
    private var lastSequence: Int64 = 0
    private var isGapless = true
    private var hasEnded = false

    /// `key` is the log's, from elsewhere; without it the header's is taken.
    package init(key: NoteVerifier? = nil) { givenKey = key }

    /// Takes the next line, without its line feed. Fails with `integrity` naming the line and the entry.
    package mutating func take(_ bytes: some Collection<UInt8>) throws -> Taken {
        lineNumber += 1
        do {
            guard !hasEnded else { throw AuditBundle.damaged("stands behind the end of the bundle") }
            let line = try AuditBundle.Line(parsing: bytes)
            switch line {
            case .header(let header):
                try begin(header)
                return .nothing
            case .entry(let entry):
                try requireHeader()
                return .entry(try check(entry))
            case .document(let document):
                try requireHeader()
                guard Digest(bytes: Array(SHA256.hash(data: document.bytes))) == document.digest else {
                    throw AuditBundle.damaged("is a document that does not have the digest \(document.digest)")
                }
                documents += 1
                return .document(document)
            case .end(let entries, let documents):
                try requireHeader()
                guard entries == self.entries, documents == self.documents else {
                    throw AuditBundle.damaged(
                        "counts \(entries) entries and \(documents) documents, but \(self.entries) and \(self.documents) are here"
                    )
                }
                hasEnded = true
                return .nothing
            }
        } catch let error as GatehouseError {
            throw GatehouseError(
                .integrity, "Line \(lineNumber) of the bundle: \(error.message)", hint: error.hint, cause: error.cause)
        }
    }

    /// What was found, after the last line. Fails with `integrity` when the bundle has no end.
    package func finish() throws -> Finding {
        guard let header, hasEnded else {
            throw GatehouseError(
                .integrity, "The bundle was cut off after line \(lineNumber): its last line is missing.",
                hint: "Copy the file whole, or export it again.")
        }
        return Finding(
            header: header, checkpointSize: checkpoint?.size, entries: entries, proved: proved, documents: documents,
            absentTexts: absentTexts, isWhole: isGapless && checkpoint.map { lastSequence >= $0.size } ?? false,
            isKeyGiven: givenKey != nil)
    }

    private func requireHeader() throws {
        guard header != nil else { throw AuditBundle.damaged("stands before the header") }
    }

    private mutating func begin(_ header: AuditBundle.Header) throws {
        guard self.header == nil else { throw AuditBundle.damaged("is a second header") }
        if let text = header.checkpoint {
            let note = try SignedNote(parsing: text)
            let key = try givenKey ?? NoteVerifier(parsing: header.vkey)
            guard key.verifies(note) else {
                throw AuditBundle.damaged("holds a checkpoint without a valid signature of \(key.vkey)")
            }
            let checkpoint = try Checkpoint(note)
            guard checkpoint.origin == header.origin else {
                throw AuditBundle.damaged("is of '\(header.origin)', but its checkpoint of '\(checkpoint.origin)'")
            }
            self.checkpoint = checkpoint
        } else if let givenKey {
            throw AuditBundle.damaged("has no checkpoint, so nothing in it is signed by \(givenKey.vkey)")
        }
        self.header = header
    }

    private mutating func check(_ entry: AuditBundle.Entry) throws -> AuditEntry {
        let (leaf, sequence) = (entry.leaf, entry.leaf.sequence)
        guard sequence > lastSequence else {
            throw AuditBundle.damaged("is entry \(sequence), which does not come after entry \(lastSequence)")
        }
        if sequence != lastSequence + 1 { isGapless = false }
        lastSequence = sequence
        if let checkpoint, sequence <= checkpoint.size {
            guard let hashes = entry.proof else {
                throw AuditBundle.damaged("is entry \(sequence) without a proof, although the checkpoint covers it")
            }
            let proof = InclusionProof(index: sequence - 1, treeSize: checkpoint.size, hashes: hashes)
            guard proof.proves(leaf: .leaf(leaf.canonicalBytes), root: checkpoint.root) else {
                throw AuditBundle.damaged("is entry \(sequence), which is not the one in the signed tree")
            }
            proved += 1
        }
        entries += 1
        // Words under another reference would look like an erasure.
        let references = Set(([leaf.principal] + leaf.people.values).map(\.text))
        let names = entry.words.texts[sequence].map { Set($0.keys) } ?? []
        guard references.isSuperset(of: entry.words.people.keys), names.isSubset(of: leaf.texts.keys) else {
            throw AuditBundle.damaged("is entry \(sequence) with words that it does not commit to")
        }
        let resolved = try entry.resolved()
        absentTexts += Int64(resolved.erasedTexts.count)
        return resolved
    }
}
