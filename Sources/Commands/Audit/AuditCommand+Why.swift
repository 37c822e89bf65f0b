import ArgumentParser
import AuditLog
import GatehouseCore
import Promotions
import Rendering
import WireAPI

extension AuditCommand {
    struct Why: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say why a version is where it is: checks, metrics, approvals, data, champion.",
            discussion: """
                gatehouse audit why credit-risk 3
                gatehouse audit why credit-risk 3 --at 2026-03-03 --save why.jsonl
                gatehouse audit why credit-risk 3 --bundle why.jsonl --key "$(cat key.pub)"

                The server sends entries and proofs, which are checked here; --bundle asks no server.
                Exits with 2 when a proof does not hold.
                """)

        @OptionGroup var version: VersionArguments
        @OptionGroup var source: BundleSource
        @Option(help: ArgumentHelp("As it was known at this time (UTC).", valueName: "time")) var at: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let at = try at.map { try Timestamp(parsing: $0) }
            let found = try await source.explanation(of: version, at: at, from: client)
            var json = found.explanation.json.objectValue ?? [:]
            json["proofs"] = found.proofs.json
            try client.show(JSONValue.object(json)) { terminal in
                terminal.show(ExplanationReport(found.explanation, found.proofs).report)
            }
        }
    }
}

/// Where the entries come from that answer a question about a version: a server, or a file that was exported from one.
struct BundleSource: ParsableArguments {
    @Option(help: ArgumentHelp("Answer from this exported file, without a server.", valueName: "file")) var bundle: String?
    @Option(help: ArgumentHelp("The log's public key, from elsewhere than the file.", valueName: "vkey")) var key: String?
    @Option(help: ArgumentHelp("Keep what the server sent in this file.", valueName: "file")) var save: String?

    func validate() throws {
        guard bundle == nil || save == nil else { throw ValidationError("--save keeps what a server sent: leave out --bundle.") }
    }

    /// Fails with exit code 2 when a proof does not hold, with `notFound` when no entry is about the version.
    func explanation(
        of version: VersionArguments, at time: Timestamp?, from client: ClientOptions
    ) async throws -> (explanation: Explanation, proofs: AuditBundleCheck.Finding) {
        let (model, number) = try (ModelName(version.name), VersionNumber(version.version))
        var reading = try BundleReading(key: key)
        do {
            if let bundle {
                try BundleFile.lines(of: bundle) { line in try reading.take(line) { $0.concerns(model) } }
            } else {
                let answer: BundlePageAnswer = try await client.client().get(
                    ["audit", "bundle"], query: [("model", model.text), ("version", "\(number)"), ("explain", "true")])
                let lines = answer.lines + [reading.end(answer.lines)]
                if let save { try ToolFile.write(lines.map { $0 + "\n" }.joined(), to: save) }
                for line in lines { try reading.take(Array(line.utf8)) { $0.concerns(model) } }
            }
            let finding = try reading.finish()
            let explanation = Explanation(model, number, entries: reading.entries, documents: reading.documents, at: time)
            guard !explanation.entries.isEmpty else {
                let limit = time.map { " up to \($0)" } ?? ""
                throw GatehouseError(.notFound, "There is no entry about \(model) v\(number)\(limit).")
            }
            return (explanation, finding)
        } catch let error as GatehouseError where error.code == .integrity {
            let terminal = Terminal.process()
            terminal.note("\(terminal.styledNote("does not hold:", .red)) \(error.message)")
            if let hint = error.hint { terminal.note("  \(hint)") }
            throw EarlyExit(status: .answerIsNo)
        }
    }
}

/// The lines of a bundle, checked one by one; entries that are wanted are kept.
struct BundleReading {
    /// What is kept in memory. A version has a few dozen entries.
    static let entriesMax = 200_000

    private var check: AuditBundleCheck
    private(set) var entries: [AuditEntry] = []
    private(set) var documents: [Digest: [UInt8]] = [:]

    init(key: String?) throws(GatehouseError) {
        check = AuditBundleCheck(key: try key.map { (text) throws(GatehouseError) in try NoteVerifier(parsing: text) })
    }

    mutating func take(_ line: [UInt8], keeping isWanted: (AuditEntry) -> Bool) throws {
        switch try check.take(line) {
        case .nothing: break
        case .document(let document): documents[document.digest] = document.bytes
        case .entry(let entry):
            guard isWanted(entry) else { break }
            guard entries.count < Self.entriesMax else {
                throw GatehouseError(
                    .tooLarge, "The bundle has more than \(Self.entriesMax) entries about the model.",
                    hint: "Export one version: gatehouse audit why NAME VERSION --save FILE.")
            }
            entries.append(entry)
        }
    }

    func finish() throws -> AuditBundleCheck.Finding { try check.finish() }

    /// The last line of a bundle whose other lines are these.
    func end(_ lines: [String]) -> String { BundleFile.end(of: lines).text }
}

extension AuditEntry {
    /// Whether it can say something about a version of the model: evidence is filed under bytes, without a model.
    fileprivate func concerns(_ model: ModelName) -> Bool { self.model == model || self.model == nil }
}

extension AuditBundleCheck.Finding {
    var json: JSONValue {
        [
            "origin": .string(header.origin), "vkey": .string(header.vkey),
            "checkpoint_size": checkpointSize.map { .integer($0) } ?? .null, "entries": .integer(entries),
            "proved": .integer(proved), "documents": .integer(documents), "key_given": .bool(isKeyGiven),
            "whole": .bool(isWhole), "exported_at": .string(header.exportedAt.description),
            "has_texts": .bool(header.hasTexts), "absent_texts": .integer(absentTexts),
        ]
    }

    /// What vouches for the answer, in words that claim no more than was checked.
    var sentence: String {
        guard let checkpointSize else {
            return "The log has signed nothing yet, so nothing vouches for these \(entries) entries."
        }
        let later = entries - proved
        let proof =
            "\(proved) of \(entries) entries are proved to be in the signed tree of \(checkpointSize) entries of \(header.origin)"
        let rest = later > 0 ? "; \(later) came after it was signed" : ""
        let key =
            isKeyGiven
            ? "The signature is that of the key you gave."
            : "The key came with the entries; to rely on it, compare it with one from elsewhere: \(header.vkey)"
        return "\(proof)\(rest). \(key)"
    }
}
