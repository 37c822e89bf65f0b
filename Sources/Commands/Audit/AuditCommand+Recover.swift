import ArgumentParser
import AuditLog
import Foundation
import GatehouseCore
import StorageSQLite
import WireAPI

extension AuditCommand {
    struct Recover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a log right that a start refuses, where nothing is hidden by it.",
            discussion: """
                gatehouse audit recover /srv/gatehouse
                gatehouse audit recover /srv/gatehouse --confirm

                Without --confirm it says what it would do, changes nothing, and ends with 3. After an old database was
                restored, the missing entries come back from the signed tiles; what they decided does not. A damaged
                checkpoint file is written again from the database. The log says so in an entry of its own. The server
                must be stopped.
                """)

        @Argument(help: "The data folder of the stopped server.") var path: String
        @Flag(help: "Do it.") var confirm = false
        @Flag(help: "Print one JSON object.") var json = false

        /// Entries that are shown of those put back.
        private static let shownMax = 100

        func run() async throws {
            guard FileManager.default.fileExists(atPath: "\(path)/gatehouse.db") else {
                throw GatehouseError(.notFound, "There is no data folder of a server at '\(path)'.")
            }
            let lock = try DataDirectory.open(path)
            defer { lock.close() }
            let store = try await SQLiteStore.open(path: "\(path)/gatehouse.db")
            let result = await Result.of {
                let recovery = try LogRecovery(
                    store: store, directory: TileDirectory(path: "\(path)/audit"), now: ProcessRoots.now)
                let plan = try await recovery.plan()
                let entries = try recovery.entries(of: plan, limit: Self.shownMax)
                let sequence =
                    try await confirm ? recovery.carryOut(plan, by: .system("audit"), id: ProcessRoots.ids()) : nil
                return RecoverAnswer(plan, entries, sequence: sequence)
            }
            try await store.close()
            let answer = try result.get()
            try show(answer)
            if answer.isWaiting { throw EarlyExit(status: .undecided) }
        }

        private func show(_ answer: RecoverAnswer) throws {
            let terminal = Terminal.process()
            guard !json else { return terminal.out(verbatim: String(decoding: try WireCoder.encode(answer), as: UTF8.self)) }
            switch answer.plan {
            case .notNeeded: return terminal.out("nothing to put right: a start goes on from here")
            case .putBack(let first, let last):
                let verb = answer.isWaiting ? "would come" : "came"
                terminal.out("entries \(first) to \(last) \(verb) back from the signed tiles, without names and texts")
                for entry in answer.entries {
                    let about = [entry.modelName, entry.version.map { "v\($0)" }].compactMap { $0 }.joined(separator: " ")
                    terminal.out("  \(entry.sequence)  \(entry.at)  \(entry.action)  \(about)")
                }
                let more = last - first + 1 - Int64(answer.entries.count)
                if more > 0 { terminal.out("  … and \(more) more") }
                terminal.note("What they decided is not in the database: stages, versions and reviews are as old as it is.")
            case .publishAgain(let size):
                terminal.out(
                    "the checkpoint of \(size) entries \(answer.isWaiting ? "would be" : "was") published again from the database"
                )
                terminal.note("The damaged file \(answer.isWaiting ? "would be" : "is") kept as \(LogRecovery.damagedName).")
            }
            if let sequence = answer.auditSequence {
                terminal.out("entry \(sequence) of the log says so")
            } else {
                terminal.note("Nothing was changed. Do it: gatehouse audit recover \(shellQuoted(path)) --confirm")
            }
        }
    }
}

/// `--json` of `audit recover`.
struct RecoverAnswer: Encodable {
    struct Entry: Encodable {
        let sequence: Int64
        let at: String
        let action: String
        let modelName: String?
        let version: Int64?

        enum CodingKeys: String, CodingKey {
            case sequence, at, action, version
            case modelName = "model_name"
        }
    }

    let plan: LogRecovery.Plan
    let entries: [Entry]
    /// Of the entry that says what was done; nil while nothing was.
    let auditSequence: Int64?

    init(_ plan: LogRecovery.Plan, _ leaves: [AuditLeaf], sequence: Int64?) {
        self.plan = plan
        auditSequence = sequence
        entries = leaves.map {
            Entry(
                sequence: $0.sequence, at: $0.time.description, action: $0.action.rawValue, modelName: $0.model?.text,
                version: $0.version?.value)
        }
    }

    /// There is something to do that was not confirmed.
    var isWaiting: Bool { plan != .notNeeded && auditSequence == nil }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch plan {
        case .notNeeded: try container.encodeNil(forKey: .problem)
        case .putBack(let first, let last):
            try container.encode("table-behind-checkpoint", forKey: .problem)
            try container.encode(first, forKey: .first)
            try container.encode(last, forKey: .last)
        case .publishAgain(let size):
            try container.encode("checkpoint-damaged", forKey: .problem)
            try container.encode(size, forKey: .size)
        }
        try container.encode(auditSequence != nil, forKey: .done)
        try container.encode(entries, forKey: .entries)
        try container.encode(auditSequence, forKey: .auditSequence)
    }

    enum CodingKeys: String, CodingKey {
        case first, last, size, done, entries
        case problem = "case"
        case auditSequence = "audit_sequence"
    }
}
