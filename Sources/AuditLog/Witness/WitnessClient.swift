import GatehouseCore

/// Asks one witness for its cosignature (C2SP tlog-witness).
package struct WitnessClient: Sendable {
    /// The first request says what was known before, the second what the witness said, the third is for one that was
    /// cosigned for somebody else in between.
    static let attemptsMax = 3
    package static let answerBytesMax = 64 * 1024
    package static let secondsMax: Int64 = 10

    /// What came back over HTTP.
    package struct Reply: Sendable, Hashable {
        package let status: Int
        package let contentType: String?
        package let body: [UInt8]

        package init(status: Int, contentType: String?, body: [UInt8]) {
            self.status = status
            self.contentType = contentType
            self.body = body
        }
    }

    /// Sends a body to a URL; throws when nobody answers.
    package typealias Post = @Sendable (_ url: String, _ body: String) async throws -> Reply

    package let witness: WitnessPolicy.Member
    private let post: Post

    package init(_ witness: WitnessPolicy.Member, post: @escaping Post) {
        self.witness = witness
        self.post = post
    }

    /// The witness's line for this checkpoint. `knownSize` is what the witness was last heard to know, 0 when nothing was.
    /// Fails with `unavailable`, with `conflict` when the witness knows more of this log than the log itself or another
    /// history, and with `integrity` for an answer that is not right.
    package func cosign(
        _ published: MirroredLog.Published, of log: MirroredLog, knownSize: Int64
    ) async throws -> SignedNote.Signature {
        guard let url = witness.url else { throw GatehouseError(.invalidArgument, "The witness '\(witness.name)' has no URL.") }
        let size = published.checkpoint.size
        var oldSize = min(knownSize, size)
        for _ in 0..<Self.attemptsMax {
            var hashes = log.hashes(treeSize: size)
            let proof = try hashes.consistencyProof(from: oldSize)
            let request = try CosigningRequest(oldSize: oldSize, hashes: proof.hashes, note: published.note)
            let reply = try await post(url + "/add-checkpoint", request.serialized)
            switch reply.status {
            case 200: return try line(in: reply, of: published.note)
            case 409:
                guard let known = Self.size(in: reply), known != oldSize else { throw disagrees(size) }
                guard known <= size else { throw isAhead(known, size) }
                oldSize = known
            default: throw refused(reply)
            }
        }
        throw GatehouseError(.unavailable, "The witness '\(witness.name)' names another size each time.")
    }

    /// The line of the witness's own key; others are ignored, as the format asks.
    private func line(in reply: Reply, of note: SignedNote) throws -> SignedNote.Signature {
        // Read below the text that was sent, so that one reader of notes is enough.
        let lines = (try? SignedNote(parsing: Array((note.text + "\n").utf8) + reply.body))?.signatures ?? []
        guard let line = lines.first(where: { witness.verifier.readAsCosignature($0, of: note.text) != nil }) else {
            throw GatehouseError(
                .integrity, "The witness '\(witness.name)' answered without a cosignature by its key.",
                hint: "Does the policy have the witness's key?")
        }
        return line
    }

    private static func size(in reply: Reply) -> Int64? {
        guard let type = reply.contentType?.split(separator: ";").first, type == CosigningAnswer.sizeType,
            let text = String(validating: reply.body.prefix(32), as: UTF8.self), let size = Int64(text.dropLast()), size >= 0,
            text == "\(size)\n"
        else { return nil }
        return size
    }

    private func isAhead(_ known: Int64, _ size: Int64) -> GatehouseError {
        GatehouseError(
            .conflict, "The witness '\(witness.name)' has seen \(known) entries of this log, which has \(size).",
            hint: "The log was restored from an older state: docs/mirrors.md says how to recover.")
    }

    private func disagrees(_ size: Int64) -> GatehouseError {
        GatehouseError(
            .conflict, "The witness '\(witness.name)' knows another history of this log than that of \(size) entries.",
            hint: "Two servers may have signed with one key: compare the log with its mirrors.")
    }

    private func refused(_ reply: Reply) -> GatehouseError {
        let words = String(decoding: reply.body.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
        let code: ErrorCode = reply.status == 422 ? .conflict : reply.status >= 500 ? .unavailable : .forbidden
        return GatehouseError(
            code, "The witness '\(witness.name)' answered \(reply.status): \(words)",
            hint: "Does the witness know this log's origin and key?")
    }
}
