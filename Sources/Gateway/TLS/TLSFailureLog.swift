package import Logging
import Synchronization

/// Says in the log why TLS did not come about: at most one line a minute for each reason and, where it is a model server, for
/// each address, and with it how many like it were not told. A class because all event loops tell it.
package final class TLSFailureLog: Sendable {
    static let quietMilliseconds: Int64 = 60_000
    static let kindsMax = 1_000

    enum Peer: Hashable, Sendable {
        case server(UpstreamAddress)
        /// Not by address: whoever can connect could fill the log.
        case client
    }

    private struct Kind: Hashable {
        let peer: Peer
        let reason: TLSFailure.Reason
    }

    private struct Told {
        var at: Int64
        var others = 0
    }

    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let told = Mutex<[Kind: Told]>([:])

    /// `now` is the wall clock in milliseconds since 1970.
    package init(_ logger: Logger, now: @escaping @Sendable () -> Int64) {
        self.logger = logger
        self.now = now
    }

    var nowSeconds: Int64 { now() / 1_000 }

    /// `from` is a client's address.
    func note(_ failure: TLSFailure, of peer: Peer, from address: String? = nil) {
        guard let others = others(like: Kind(peer: peer, reason: failure.reason), at: now()) else { return }
        var metadata: Logger.Metadata = ["reason": "\(failure.reason.rawValue)", "detail": "\(failure.detail)"]
        if others > 0 { metadata["others_since"] = "\(others)" }
        switch peer {
        case .server(let server):
            metadata["upstream"] = "\(server.host):\(server.port)"
            logger.warning("TLS with a model server failed", metadata: metadata)
        case .client:
            metadata["client"] = address.map { "\($0)" }
            logger.warning("TLS with a client failed", metadata: metadata)
        }
    }

    /// How many like it were kept back since the last line; nil: this one is, too.
    private func others(like kind: Kind, at now: Int64) -> Int? {
        told.withLock { told in
            if let last = told[kind], now - last.at < Self.quietMilliseconds, now >= last.at {
                told[kind]?.others += 1
                return nil
            }
            if told.count >= Self.kindsMax { told = told.filter { now - $0.value.at < Self.quietMilliseconds } }
            guard told.count < Self.kindsMax else { return nil }
            let others = told[kind]?.others ?? 0
            told[kind] = Told(at: now)
            return others
        }
    }
}
