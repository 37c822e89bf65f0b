package import GatehouseCore
package import Logging
import ServiceLifecycle

/// Has each new checkpoint cosigned, one after the other: all witnesses are asked about the same one, because cosignatures
/// of different checkpoints make no quorum. Nothing waits for it but the cosignatures themselves.
package struct WitnessService: Service {
    static let lookEvery: Duration = .seconds(1)
    /// One that failed is left alone for so long at first; twice as long each further time.
    static let pauseSecondsMin: Int64 = 2
    static let pauseSecondsMax: Int64 = 300

    private struct Progress: Sendable {
        var knownSize: Int64 = 0
        var failures = 0
        var notBefore: Timestamp?
    }

    /// What is known between two rounds.
    private struct Rounds: Sendable {
        var progress: [String: Progress] = [:]
        /// The newest checkpoint with all lines so far: who was late adds to what the others said of the same one.
        var cosigned: SignedNote?
    }

    private let policy: WitnessPolicy
    private let clients: [WitnessClient]
    private let log: MirroredLog
    private let board: WitnessBoard
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let keep: @Sendable (SignedNote) async throws -> Void

    /// `keep` is handed a checkpoint with the log's signatures and the cosignatures of enough witnesses, as soon as there are
    /// enough and again with each further one.
    package init(
        _ policy: WitnessPolicy, of log: MirroredLog, board: WitnessBoard, now: @escaping @Sendable () -> Timestamp,
        logger: Logger, post: @escaping WitnessClient.Post, keep: @escaping @Sendable (SignedNote) async throws -> Void
    ) {
        self.policy = policy
        clients = policy.witnesses.filter { $0.url != nil }.map { WitnessClient($0, post: post) }
        self.log = log
        self.board = board
        self.now = now
        self.logger = logger
        self.keep = keep
    }

    package func run() async throws {
        var rounds = Rounds()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                rounds = try await cancelWhenGracefulShutdown { [rounds] in try await round(after: rounds) }
            } catch is CancellationError {
                return
            } catch {
                logger.warning("checkpoints are not cosigned", metadata: ["error": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.lookEvery) }
        }
    }

    /// Asks every witness that has not cosigned the newest checkpoint yet and is not left alone.
    private func round(after before: Rounds) async throws -> Rounds {
        var rounds = before
        guard let published = try log.published() else { return rounds }
        let time = now()
        let asked = clients.filter { client in
            let known = before.progress[client.witness.name, default: Progress()]
            return known.knownSize < published.checkpoint.size && known.notBefore.map { $0 <= time } ?? true
        }
        guard !asked.isEmpty else { return rounds }
        var note = published.note
        if let earlier = before.cosigned, earlier.text == note.text { note = earlier }
        try await withThrowingTaskGroup(of: (String, Result<SignedNote.Signature, any Error>).self) { group in
            for client in asked {
                group.addTask {
                    let name = client.witness.name
                    do {
                        return (
                            name,
                            .success(
                                try await client.cosign(published, of: log, knownSize: before.progress[name]?.knownSize ?? 0))
                        )
                    } catch { return (name, .failure(error)) }
                }
            }
            for try await (name, result) in group {
                try Task.checkCancellation()
                let line = concluded(name, result, size: published.checkpoint.size, &rounds.progress)
                guard let line else { continue }
                note.signatures.removeAll { $0.name == line.name && $0.keyID == line.keyID }
                note.signatures.append(line)
                rounds.cosigned = note
                guard policy.isSatisfied(by: note) else { continue }
                try await keep(note)
                board.reached(quorumSize: published.checkpoint.size)
            }
        }
        return rounds
    }

    /// Writes down what came of asking, and hands on the line where there is one.
    private func concluded(
        _ name: String, _ result: Result<SignedNote.Signature, any Error>, size: Int64, _ progress: inout [String: Progress]
    ) -> SignedNote.Signature? {
        let time = now()
        var state = progress[name, default: Progress()]
        defer { progress[name] = state }
        switch result {
        case .success(let line):
            state = Progress(knownSize: size)
            board.update(name) { status in
                status.size = size
                status.lastCosigned = time
                status.failure = nil
            }
            return line
        case .failure(let error):
            let pause = min(Self.pauseSecondsMin << Int64(min(state.failures, 16)), Self.pauseSecondsMax)
            state.failures += 1
            state.notBefore = time.adding(.seconds(pause))
            let words = (error as? GatehouseError)?.message ?? "The witness '\(name)' does not answer."
            board.update(name) { $0.failure = words }
            if state.failures == 1 {
                logger.warning("a witness did not cosign", metadata: ["witness": "\(name)", "failure": "\(words)"])
            }
            return nil
        }
    }
}
