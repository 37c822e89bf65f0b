package import GatehouseCore
import Synchronization

/// How a witness that is asked for cosignatures is doing.
package struct WitnessStatus: Sendable, Hashable {
    /// As the policy calls it.
    package let name: String
    /// Entries of the newest checkpoint it cosigned; nil: none since the start.
    package var size: Int64?
    package var lastCosigned: Timestamp?
    /// The last failure; nil once it cosigned again.
    package var failure: String?
}

/// What the witnesses said, for those who ask. A class because the service writes it and the routes read it.
package final class WitnessBoard: Sendable {
    private struct State {
        var witnesses: [WitnessStatus]
        /// Entries of the newest checkpoint that enough of them cosigned.
        var quorumSize: Int64?
    }

    private let state: Mutex<State>

    package init(_ policy: WitnessPolicy? = nil) {
        let names = (policy?.witnesses ?? []).filter { $0.url != nil }.map(\.name)
        state = Mutex(State(witnesses: names.map { WitnessStatus(name: $0, size: nil, lastCosigned: nil, failure: nil) }))
    }

    package var witnesses: [WitnessStatus] { state.withLock { $0.witnesses } }
    package var quorumSize: Int64? { state.withLock { $0.quorumSize } }

    func update(_ name: String, _ change: (inout WitnessStatus) -> Void) {
        state.withLock { state in
            guard let index = state.witnesses.firstIndex(where: { $0.name == name }) else { return }
            change(&state.witnesses[index])
        }
    }

    func reached(quorumSize: Int64) { state.withLock { $0.quorumSize = quorumSize } }
}
