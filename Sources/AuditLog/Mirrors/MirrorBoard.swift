package import GatehouseCore
import Synchronization

/// How a mirror is doing.
package struct MirrorStatus: Sendable, Hashable {
    package let name: MirrorName
    package var state: MirrorMachine.State
    /// Entries the mirror was last known to hold; nil: it has not been reached since the start.
    package var held: Int64?
    package var since: Timestamp
    /// The last time that it answered.
    package var lastAnswer: Timestamp?
    /// The last failure, without secrets; nil once it answered again.
    package var failure: String?
    package var warnings: [String]
}

/// What is known about all mirrors, for those who ask. A class because the mirrors write it and the routes read it.
package final class MirrorBoard: Sendable {
    private let statuses = Mutex<[MirrorStatus]>([])

    package init() {}

    package var all: [MirrorStatus] { statuses.withLock { $0 } }

    func update(_ name: MirrorName, at now: Timestamp, _ change: (inout MirrorStatus) -> Void) {
        statuses.withLock { statuses in
            let index = statuses.firstIndex { $0.name == name } ?? statuses.endIndex
            var status =
                index < statuses.endIndex
                ? statuses[index]
                : MirrorStatus(name: name, state: .starting, held: nil, since: now, lastAnswer: nil, failure: nil, warnings: [])
            let before = status.state
            change(&status)
            if status.state != before { status.since = now }
            if index < statuses.endIndex { statuses[index] = status } else { statuses.append(status) }
        }
    }
}
