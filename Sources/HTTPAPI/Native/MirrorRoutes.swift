import Access
import AuditLog
import GatehouseCore
import Hummingbird
import Storage
import WireAPI

/// How far the copies of the audit log are, and its witnesses.
struct MirrorRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("audit/mirrors") { _, context in
            _ = try context.caller(who: .readAudit)
            let outside = services.outside
            let statuses = outside.mirrors.all
            // What each mirror lacks first: how long ago that was written is how far it is behind.
            let (entries, oldest) = try await services.store.read { tx in
                let entries = try tx.auditEntryCount()
                let oldest: [Timestamp?] = try statuses.map { status in
                    try status.held.flatMap { held in try held < entries ? tx.auditEntryTime(sequence: held + 1) : nil }
                }
                return (entries, oldest)
            }
            let now = services.now()
            return try Response.json(
                MirrorsAnswer(
                    entries: entries,
                    mirrors: zip(statuses, oldest).map { MirrorAnswer($0, entries: entries, oldestMissing: $1, at: now) },
                    witnesses: outside.witnesses.witnesses.map { status in
                        WitnessAnswer(
                            name: status.name, cosignedEntries: status.size, lastCosignedAt: status.lastCosigned?.description,
                            failure: status.failure)
                    },
                    witnessedEntries: outside.witnesses.quorumSize))
        }
    }
}

extension MirrorAnswer {
    fileprivate init(_ status: MirrorStatus, entries: Int64, oldestMissing: Timestamp?, at now: Timestamp) {
        var (alarm, message): (String?, String?) = (nil, status.failure)
        let state: String
        switch status.state {
        case .starting: state = "starting"
        case .catchingUp: state = "catching_up"
        case .inStep: state = "in_step"
        case .unreachable: state = "unreachable"
        case .alarmed(let found):
            state = "alarmed"
            (alarm, message) = (found.word, "\(found.message) \(found.hint)")
        }
        self.init(
            kind: status.name.kind.rawValue, place: status.name.place, state: state, alarm: alarm, message: message,
            held: status.held, lagEntries: status.held.map { max(0, entries - $0) },
            lagSeconds: status.held.map { _ in oldestMissing.map { max(0, now.since($0).milliseconds / 1000) } ?? 0 },
            reason: status.held == nil ? (alarm ?? "not_reached") : nil, since: status.since.description,
            lastAnswerAt: status.lastAnswer?.description, warnings: status.warnings)
    }
}
