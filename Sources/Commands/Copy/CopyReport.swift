import GatehouseCore
import Registry
import WireAPI

/// What a copy came to: what was kept, dropped and changed, each with its reason, and how much had to be sent.
struct CopyReport: Sendable {
    struct Item: Sendable, Equatable {
        let what: String
        let detail: String
        let reason: String?

        init(_ what: String, _ detail: String, _ reason: String? = nil) {
            self.what = what
            self.detail = detail
            self.reason = reason
        }
    }

    struct Target: Sendable {
        let kind: ServerKind
        let name: String
        let model: String
        let version: String
    }

    let copied: CopiedVersion
    let target: Target
    /// False: it was there already.
    let isNew: Bool
    let verification: String?
    let verificationReason: String
    var filesSent = 0
    var bytesSent: Int64 = 0
    var filesThere = 0
    var seconds = 0.0
    var kept: [Item] = []
    var transformed: [Item] = []
    var dropped: [Item] = []
    var promotion: PromotionAnswer?
}

extension CopyReport {
    /// The same object for every copy; nothing is left out of it.
    func json() throws -> JSONValue {
        func list(_ items: [Item]) -> JSONValue {
            .array(
                items.map {
                    ["what": .string($0.what), "detail": .string($0.detail), "reason": $0.reason.map { .string($0) } ?? .null]
                })
        }
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        let source = copied.source
        return .object([
            "outcome": .string(isNew ? "copied" : "there"),
            "source": [
                "kind": .string(source.kind), "registry": .string(source.registry), "name": .string(source.name),
                "model": .string(source.model), "version": .string(source.version), "run_id": text(source.runID),
            ],
            "target": [
                "kind": .string(target.kind.rawValue), "name": .string(target.name), "model": .string(target.model),
                "version": .string(target.version),
            ],
            "artifact_digest": .string(copied.manifest.digest.description),
            "verification": text(verification), "verification_reason": .string(verificationReason),
            "files": [
                "count": .integer(Int64(copied.manifest.files.count)), "bytes": .integer(copied.manifest.totalBytes),
                "sent": .integer(Int64(filesSent)), "sent_bytes": .integer(bytesSent), "there": .integer(Int64(filesThere)),
            ],
            "seconds": .number(seconds), "kept": list(kept), "transformed": list(transformed), "dropped": list(dropped),
            "promotion": try promotion.map { try JSONParser.parse(try WireCoder.encode($0)) } ?? .null,
        ])
    }

    func show(on terminal: Terminal) {
        let place = "\(target.model) v\(target.version) of \(target.name)"
        terminal.out(
            isNew
                ? "copied \(copied.words) to \(place)"
                : "\(copied.words) is there already as \(place): nothing was done")
        terminal.out("artifact     \(copied.manifest.digest)")
        terminal.out("source's log \(verificationReason)")
        let (count, total) = (copied.manifest.files.count, copied.manifest.totalBytes)
        terminal.out(
            "files        \(count) with \(total) bytes: \(filesSent) sent (\(bytesSent) bytes), \(filesThere) were there, "
                + "\(Self.tenths(seconds)) s")
        for (title, items) in [("kept", kept), ("transformed", transformed), ("dropped", dropped)] where !items.isEmpty {
            terminal.out(title)
            for item in items {
                terminal.out("  \(item.what): \(item.detail)\(item.reason.map { " – \($0)" } ?? "")")
            }
        }
        guard promotion == nil, isNew, target.kind == .gatehouse else { return }
        terminal.note(
            "It is in None. Its way on leads through the gates there: gatehouse promote \(shellQuoted(target.model)) \(target.version)"
        )
    }

    private static func tenths(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension CopyReport {
    /// What becomes of each part of a version, wherever it goes.
    mutating func account(keepsNumber: Bool, arrival: CopyArrival) {
        let manifest = copied.manifest
        kept.append(Item("files", "\(manifest.files.count), byte for byte", "their digest is the same on both sides"))
        if !copied.description.isEmpty { kept.append(Item("description", "\(copied.description.utf8.count) bytes")) }
        if !copied.keptTags.isEmpty { kept.append(Item("tags", "\(copied.keptTags.count)")) }
        if copied.signature != nil { kept.append(Item("signature", "as the source read it")) }
        if let training = copied.run { account(for: training, isThere: !arrival.leftOut.contains { $0.hasPrefix("run:") }) }
        if target.version == copied.source.version {
            kept.append(Item("number", target.version, keepsNumber ? "asked for" : "the target's next one is the same"))
        } else {
            transformed.append(
                Item(
                    "number", "\(copied.source.version) → \(target.version)", "numbers are the target's own; the record has both")
            )
        }
        if copied.stage != Stage.none.rawValue {
            transformed.append(Item("stage", "\(copied.stage) → None", "the target's own gates decide"))
        }
        if !copied.aliases.isEmpty {
            dropped.append(
                Item("aliases", copied.aliases.joined(separator: ", "), "what they stand for is decided in the target"))
        }
        if !copied.verdictTags.isEmpty {
            dropped.append(
                Item(
                    "tags", copied.verdictTags.map(\.key).joined(separator: ", "),
                    "verdicts of the source's gates; the record keeps them, and the target's gates write their own"))
        }
        dropped += copied.missing
        dropped += arrival.leftOut.map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map { String($0.drop { $0 == " " }) }
            return parts.count == 2 ? Item(parts[0], "not brought", parts[1]) : Item("part", line)
        }
        if copied.source.kind == ServerKind.gatehouse.rawValue {
            dropped.append(
                Item("evaluations and reviews", "not brought", "they are of the source's policy; its receipts prove its moves"))
        }
    }

    private mutating func account(for training: CopiedTraining, isThere: Bool) {
        let run = training.run
        guard isThere else { return }
        kept.append(Item("run", run.info.id, "in the experiment '\(training.experiment)'"))
        kept.append(Item("params", "\(run.params.count)"))
        kept.append(Item("run tags", "\(run.tags.count)"))
        if !run.datasets.isEmpty { kept.append(Item("dataset lineage", "\(run.datasets.count) datasets that the run read")) }
        if training.hasAllPoints {
            kept.append(Item("metrics", "\(run.metrics.count) with \(training.points.count) points"))
        } else {
            transformed.append(
                Item(
                    "metrics", "\(run.metrics.count), the newest value of each",
                    "their history has more than \(CopiedTraining.pointsMax) points"))
        }
        dropped.append(Item("other files of the run", "not brought", "only what the version is made of is copied"))
    }
}
