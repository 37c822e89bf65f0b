import GatehouseCore
import WireAPI

/// What an import came to, in counts and, where something did not come, in words.
struct ImportReport: Sendable, Codable {
    static let entriesMax = 1000

    struct Counts: Sendable, Codable, Equatable {
        var added = 0
        var same = 0
        var different = 0
        var leftOut = 0

        enum CodingKeys: String, CodingKey {
            case added, same, different
            case leftOut = "left_out"
        }
    }

    /// One record that is not here as the source has it.
    struct Entry: Sendable, Codable, Equatable {
        let kind: String
        let id: String
        let why: [String]
    }

    var source = ""
    var isDryRun = false
    var counts: [String: Counts] = [:]
    /// Bytes of files that came.
    var bytes: Int64 = 0
    private(set) var different: [Entry] = []
    private(set) var leftOut: [Entry] = []
    /// Of what did not come, how many are not listed.
    private(set) var unlisted = 0

    enum CodingKeys: String, CodingKey {
        case source, counts, bytes, different, unlisted
        case isDryRun = "dry_run"
        case leftOut = "left_out"
    }

    /// Whether everything that the source has is here and equal.
    var isComplete: Bool { different.isEmpty && leftOut.isEmpty && unlisted == 0 }

    mutating func add(_ finding: ImportAnswer.Finding) {
        if finding.kind == ImportKindName.metrics {
            guard finding.state == .leftOut else {
                counts[finding.kind, default: Counts()].added += finding.points
                return
            }
        }
        switch finding.state {
        case .added: counts[finding.kind, default: Counts()].added += 1
        case .same: counts[finding.kind, default: Counts()].same += 1
        case .different: differ(finding.kind, finding.id, finding.details)
        case .leftOut: leaveOut(finding.kind, finding.id, finding.details)
        }
        if finding.state == .added, !finding.details.isEmpty {
            keep(Entry(kind: finding.kind, id: finding.id, why: finding.details.map { "without \($0)" }), in: \.leftOut)
        }
    }

    mutating func differ(_ kind: String, _ id: String, _ fields: [String]) {
        counts[kind, default: Counts()].different += 1
        keep(Entry(kind: kind, id: id, why: fields), in: \.different)
    }

    mutating func leaveOut(_ kind: String, _ id: String, _ why: [String], count: Int = 1) {
        counts[kind, default: Counts()].leftOut += count
        keep(Entry(kind: kind, id: id, why: why), in: \.leftOut)
    }

    mutating func merge(_ other: ImportReport) {
        for (kind, theirs) in other.counts {
            var ours = counts[kind, default: Counts()]
            ours.added += theirs.added
            ours.same += theirs.same
            ours.different += theirs.different
            ours.leftOut += theirs.leftOut
            counts[kind] = ours
        }
        bytes += other.bytes
        for entry in other.different { keep(entry, in: \.different) }
        for entry in other.leftOut { keep(entry, in: \.leftOut) }
        unlisted += other.unlisted
    }

    private mutating func keep(_ entry: Entry, in list: WritableKeyPath<ImportReport, [Entry]>) {
        guard self[keyPath: list].count < Self.entriesMax else {
            unlisted += 1
            return
        }
        self[keyPath: list].append(entry)
    }
}

/// The kinds as they are sent and shown.
enum ImportKindName {
    static let experiment = "experiment"
    static let run = "run"
    static let metrics = "metrics"
    static let loggedModel = "logged_model"
    static let model = "model"
    static let version = "version"
    static let stage = "stage"
    static let alias = "alias"
    static let file = "file"
    static let other = "other"

    /// In the order of the report, with what people call them.
    static let all: [(kind: String, words: String)] = [
        (experiment, "experiments"), (run, "runs"), (metrics, "metric points"), (loggedModel, "logged models"),
        (file, "files"), (model, "models"), (version, "versions"), (stage, "stages"), (alias, "aliases"),
        (other, "other kinds"),
    ]
}

extension ImportReport {
    func show(on terminal: Terminal) {
        var table = TextTable([
            ("", .left), ("ADDED", .right), ("THERE", .right), ("DIFFERENT", .right), ("LEFT OUT", .right),
        ])
        for (kind, words) in ImportKindName.all {
            guard let count = counts[kind] else { continue }
            table.add([words, "\(count.added)", "\(count.same)", "\(count.different)", "\(count.leftOut)"])
        }
        if isDryRun { terminal.out("Nothing was changed: this is what an import would do.") }
        terminal.show(table)
        list(different, "Here already, and different; what is here stays:", on: terminal)
        list(leftOut, "Did not come:", on: terminal)
        if unlisted > 0 { terminal.out("  and \(unlisted) more") }
    }

    private func list(_ entries: [Entry], _ title: String, on terminal: Terminal) {
        guard !entries.isEmpty else { return }
        terminal.out()
        terminal.out(title)
        for entry in entries { terminal.out("  \(entry.kind) \(entry.id): \(entry.why.joined(separator: "; "))") }
    }
}
