import AuditLog
import GatehouseCore
import Rendering

extension AuditScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Audit log" }
        if let check { verdict(check) }
        live("head") {
            if check == nil { Tag.p(.class("finding")) { finding(visit) } }
            facts(headFacts(visit))
            outside(visit)
        }
        form("/audit/verify", visit, id: "verify") {
            Tag.button(.type("submit"), .class("main")) { "Verify now" }
            Tag.span(.class("soft")) { " " + promise }
        }
        block("Entries", id: "entries") {
            filterForm
            live("list") { list(visit) }
        }
        block("Take it elsewhere", id: "export") {
            Tag.p { "An exported file, and the server's folder, are verified without this server:" }
            commandLine("gatehouse audit export -o log.jsonl")
            commandLine("gatehouse audit verify log.jsonl --key \(shellQuoted(key.vkey))")
        }
    }

    // MARK: - Whether it is intact

    private func finding(_ visit: Visit) -> String {
        guard let head else {
            return "\(Wording.count(Int(count), "entry", "entries")), and no checkpoint that can be read: verify the log."
        }
        guard head.isSigned else {
            return "The published checkpoint is not signed by this server's key: verify the log."
        }
        let waiting = max(0, count - head.checkpoint.size)
        let signed = head.signedAt.map { ", signed " + distance(from: visit.now, to: $0) } ?? ""
        return Wording.count(Int(count), "entry", "entries")
            + (waiting == 0 ? ", all under the newest checkpoint" : ", \(waiting) of them not under a checkpoint yet") + signed
            + "."
    }

    private var promise: String {
        count <= LogCheck.wholeEntriesMax
            ? "Recomputes every hash from the stored bytes up to the signed root, and compares the database with them."
            : "Recomputes the newest \(Wording.grouped(Int(LogCheck.newestEntriesMax))) entries up to the signed root; "
                + "for all of them run gatehouse audit verify DATA_DIR."
    }

    @MarkupBuilder
    private func verdict(_ check: LogCheck.Outcome) -> Markup {
        Tag.p(.class("finding"), .role("status")) {
            if check.isSound {
                mark(.good, "Verified here, now, with this key.", shape: "✓")
                " " + soundWords(check)
            } else {
                mark(.bad, "Not as it was signed.", shape: "✕")
                " " + Wording.count(check.findingCount, "record is", "records are") + " wrong."
            }
        }
        if check.isSound {
            Tag.p(.class("soft")) {
                "Key "
                Tag.code { key.vkey }
            }
        } else {
            notice(.bad) {
                Tag.ul {
                    for finding in check.findings.prefix(Self.findingsMax) { Tag.li { Self.line(finding) } }
                }
                if check.findingCount > Self.findingsMax {
                    Tag.p { "And \(check.findingCount - Self.findingsMax) more: gatehouse audit verify DATA_DIR lists them." }
                }
                Tag.p { "Keep this state: copy the data folder before anything else, and compare it with a mirror or a backup." }
            }
        }
        if !check.isWhole {
            Tag.p { "The log is too long to be verified whole on a page. On the server, this reads all of it:" }
            commandLine("gatehouse audit verify DATA_DIR --key \(shellQuoted(key.vkey))")
        }
    }

    private func soundWords(_ check: LogCheck.Outcome) -> String {
        let which = check.isWhole ? "All " : "The newest "
        let rest = check.unsigned > 0 ? " \(check.unsigned) newer ones wait for their checkpoint." : ""
        return which + Wording.count(Int(check.entries), "signed entry leads", "signed entries lead")
            + " to the signed root, and the database holds the same bytes." + rest
    }

    @MarkupBuilder
    private static func line(_ finding: LogFinding) -> Markup {
        if case .entry(let sequence) = finding.subject {
            Tag.a(.href(Address.audit(sequence))) { finding.name }
        } else {
            Tag.code { finding.name }
        }
        " " + finding.what
    }

    private func headFacts(_ visit: Visit) -> [(name: String, value: Markup)] {
        guard let head else { return [("Entries", Markup(Wording.grouped(Int(count))))] }
        return [
            ("Signed entries", Markup(Wording.grouped(Int(head.checkpoint.size)))),
            ("Root", Tag.code { head.checkpoint.root.base64 }),
            ("Signed by", Tag.code { key.shortName }),
            ("Signed", head.signedAt.map { moment($0, visit) } ?? .absent),
        ]
    }

    // MARK: - Who else holds it

    @MarkupBuilder
    private func outside(_ visit: Visit) -> Markup {
        if mirrors.isEmpty && witnesses.isEmpty {
            Tag.p(.class("soft")) {
                "Nobody else holds a copy or a signature: whoever has this server's key could write another log. "
                Tag.code { "gatehouse serve --help-hidden" }
                " says how to add a mirror or a witness."
            }
        }
        if !mirrors.isEmpty {
            table(
                "Mirrors", mirrors,
                [
                    .words("Mirror") { mirror in "\(mirror.name.kind.rawValue) \(mirror.name.place)" },
                    .words("State") { mirror in Self.stateMark(mirror.state) },
                    .number("Entries") { mirror in mirror.held.map { Markup(Wording.grouped(Int($0))) } ?? .absent },
                    .words("Since") { mirror in moment(mirror.since, visit) },
                    .prose("Last failure") { mirror in mirror.failure.map { Markup($0) } ?? .absent },
                ], showsCaption: true)
        }
        if !witnesses.isEmpty {
            table(
                "Witnesses", witnesses,
                [
                    .words("Witness") { witness in witness.name },
                    .number("Cosigned entries") { witness in witness.size.map { Markup(Wording.grouped(Int($0))) } ?? .absent },
                    .words("Last") { witness in witness.lastCosigned.map { moment($0, visit) } ?? .absent },
                    .prose("Last failure") { witness in witness.failure.map { Markup($0) } ?? .absent },
                ], showsCaption: true)
        }
    }

    private static func stateMark(_ state: MirrorMachine.State) -> Markup {
        switch state {
        case .starting: mark(.neutral, "starting", shape: "◌")
        case .catchingUp: mark(.neutral, "catching up", shape: "◌")
        case .inStep: mark(.good, "in step", shape: "✓")
        case .unreachable: mark(.caution, "unreachable", shape: "!")
        case .alarmed(let alarm): mark(.bad, alarm.message, shape: "✕")
        }
    }
}
