import ArgumentParser
import AuditLog
import Foundation
import GatehouseCore
import StorageSQLite
import WireAPI

extension AuditCommand {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recompute a log, and name every record that was changed.",
            discussion: """
                gatehouse audit verify /srv/gatehouse --key gatehouse/3f…+0a1b…+AR…

                PATH is a server's data folder (its database is compared with the log), a folder of tiles with 'checkpoint'
                and 'tile/…', a receipt, or an exported file. Reads only; needs no server and bears with a running one.

                Without --key it takes the key that lies beside the log, which whoever rewrites a log can rewrite too.
                Exit codes: 0 sound, 2 something was changed, 3 sound but without a key to check the signature.
                """)

        @Argument(help: "A data folder, a folder of tiles, a receipt, or an exported file.") var path: String
        @Option(help: ArgumentHelp("The log's public key, or a file that holds it.", valueName: "vkey")) var key: String?
        @Flag(help: "Print one JSON object.") var json = false

        func run() async throws {
            let given = try key.map { (text) throws(GatehouseError) in try AuditFiles.key(text) }
            guard AuditFiles.isDirectory(path) else {
                if BundleVerification.isBundle(path) {
                    return try BundleVerification(path: path, key: given, json: json).run()
                }
                guard let given else {
                    throw GatehouseError(.invalidArgument, "A receipt is checked against a key.", hint: "Name it with --key.")
                }
                return try ReceiptCheck(key: given, json: json).run(try AuditFiles.bytes(path, max: TLogProof.bytesMax))
            }
            let isDataFolder = FileManager.default.fileExists(atPath: "\(path)/gatehouse.db")
            let directory = TileDirectory(path: isDataFolder ? "\(path)/audit" : path)
            guard isDataFolder || AuditFiles.isDirectory("\(path)/tile") else {
                throw GatehouseError(
                    .notFound, "'\(path)' is neither a server's data folder nor a folder of tiles.",
                    hint: "A data folder has gatehouse.db, a folder of tiles has 'checkpoint' and 'tile'.")
            }
            let beside = given == nil ? try LogKeyFiles(directory: directory).published() : nil
            let key = given ?? beside
            var (verdict, leaves) = try TileVerification(directory: directory, key: key).run()
            if isDataFolder {
                let store = try await SQLiteStore.open(path: "\(path)/gatehouse.db")
                let result = await Result.of {
                    var verdict = verdict
                    try await TableVerification(store: store, key: key).run(&verdict, leaves: leaves)
                    return verdict
                }
                try await store.close()
                verdict = try result.get()
            }
            leaves = []
            try show(VerifyAnswer(verdict, key: key, source: given != nil ? "given" : beside != nil ? "beside the log" : nil))
            if !verdict.isSound { throw EarlyExit(status: .answerIsNo) }
            if verdict.signature == .unchecked { throw EarlyExit(status: .undecided) }
        }

        private func show(_ answer: VerifyAnswer) throws {
            let terminal = Terminal.process()
            guard !json else { return terminal.out(verbatim: String(decoding: try WireCoder.encode(answer), as: UTF8.self)) }
            for finding in answer.findings { terminal.out("\(finding.record)  \(finding.what)") }
            let more = answer.findingCount - answer.findings.count
            if more > 0 { terminal.out("… and \(more) more") }
            terminal.out(
                answer.verified
                    ? "sound: \(answer.entries) entries of \(answer.origin ?? "?") lead to the signed root"
                    : "NOT as it was signed: \(answer.findingCount) findings")
            if answer.unsigned > 0 { terminal.out("\(answer.unsigned) entries of the database wait for their checkpoint") }
            switch answer.signature {
            case LogVerdict.Signature.unchecked.rawValue: terminal.note("the signature was not checked: name the key with --key")
            default:
                if answer.keySource == "beside the log" {
                    terminal.note("the key lies beside the log: compare it with one you noted elsewhere\n  \(answer.key ?? "")")
                }
            }
        }
    }
}

/// `--json` of `audit verify`.
struct VerifyAnswer: Encodable {
    struct Finding: Encodable {
        let record: String
        /// The entry's sequence; nil for a file.
        let entry: Int64?
        let file: String?
        let what: String
    }

    let verified: Bool
    let origin: String?
    let entries: Int64
    let unsigned: Int64
    let root: String?
    /// `valid`, `invalid` or `unchecked`.
    let signature: String
    let key: String?
    let keySource: String?
    let findings: [Finding]
    let findingCount: Int

    init(_ verdict: LogVerdict, key: NoteVerifier?, source: String?) {
        verified = verdict.isSound && verdict.signature == .valid
        origin = verdict.checkpoint?.origin
        entries = verdict.entries
        unsigned = verdict.unsigned
        root = verdict.checkpoint?.root.base64
        signature = verdict.signature.rawValue
        self.key = key?.vkey
        keySource = source
        findings = verdict.findings.map { finding in
            switch finding.subject {
            case .entry(let sequence): Finding(record: finding.name, entry: sequence, file: nil, what: finding.what)
            case .file(let path): Finding(record: finding.name, entry: nil, file: path, what: finding.what)
            case .checkpoint, .recordedCheckpoint: Finding(record: finding.name, entry: nil, file: nil, what: finding.what)
            }
        }
        findingCount = verdict.findingCount
    }

    enum CodingKeys: String, CodingKey {
        case verified, origin, entries, unsigned, root, signature, key, findings
        case keySource = "key_source"
        case findingCount = "finding_count"
    }
}
