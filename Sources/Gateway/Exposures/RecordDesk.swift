import GatehouseCore
package import NIOCore
import Synchronization

/// Where the loops of a gateway hand in what they noted: one thread of its own that reads, hashes, counts, spools and writes the
/// access log, so that none of it happens while somebody waits for an answer.
package struct RecordDesk: RecordShipper.Source {
    package struct Settings: Sendable {
        package let spoolDirectory: String
        /// The registry's key for units and features: at least 32 bytes.
        package let unitKey: [UInt8]
        package var spool = RecordSpool.Limits()
        /// How long a window is.
        package var windowMilliseconds: Int64 = 1_000
        /// How often what was spooled is made durable, and a batch is ended so that it can be shipped.
        package var syncMilliseconds: Int64 = 250
        package var sealMilliseconds: Int64 = 500
        /// Takes whole lines of the access log, on the desk's thread; must not block.
        package var accessLog: (@Sendable ([UInt8]) -> Void)?

        package static let unitKeyBytesMin = 32

        package init(spoolDirectory: String, unitKey: [UInt8]) {
            self.spoolDirectory = spoolDirectory
            self.unitKey = unitKey
        }
    }

    private let eventLoop: any EventLoop
    private let clerk: NIOLoopBound<RecordClerk>
    private let board: MetricsBoard

    /// Opens the spool and starts on `eventLoop`, which should do nothing else. Fails with `unavailable` when the spool cannot be
    /// opened and `invalidArgument` for a key that is too short. `now`: milliseconds since 1970.
    package static func open(
        _ settings: Settings, on eventLoop: any EventLoop, now: @escaping @Sendable () -> Int64
    ) async throws -> RecordDesk {
        guard settings.unitKey.count >= Settings.unitKeyBytesMin else {
            throw GatehouseError(
                .invalidArgument, "The key for units has \(settings.unitKey.count) bytes.",
                hint: "It needs at least \(Settings.unitKeyBytesMin).")
        }
        let board = MetricsBoard()
        return try await eventLoop.submit {
            let clerk = NIOLoopBound(try RecordClerk(settings, board: board, now: now), eventLoop: eventLoop)
            let every = TimeAmount.milliseconds(max(1, min(settings.windowMilliseconds, settings.syncMilliseconds)))
            eventLoop.scheduleRepeatedTask(initialDelay: every, delay: every) { task in
                if clerk.value.isClosed { task.cancel() } else { clerk.value.tick() }
            }
            return RecordDesk(eventLoop: eventLoop, clerk: clerk, board: board)
        }.get()
    }

    private init(eventLoop: any EventLoop, clerk: NIOLoopBound<RecordClerk>, board: MetricsBoard) {
        self.eventLoop = eventLoop
        self.board = board
        self.clerk = clerk
    }

    /// Takes a page, and gives it back empty.
    func take(_ page: RecordPage, _ back: @escaping @Sendable (RecordPage) -> Void) {
        let clerk = clerk
        eventLoop.execute {
            var page = page
            clerk.value.read(page)
            page.clear()
            back(page)
        }
    }

    package func oldest() async throws -> RecordSpool.Batch? { try await ask { $0.spool.oldest() } }
    package func acknowledge(_ number: Int64) async throws { try await ask { $0.spool.acknowledge(number) } }
    package func setAside(_ number: Int64) async throws { try await ask { $0.spool.setAside(number) } }

    /// The counts of everything since the start, in Prometheus' text form; as they were when the last windows ended.
    package var metrics: String { board.text.withLock(\.self) }

    /// For `/metrics`.
    package var metricsPage: GatewayPages.Page {
        GatewayPages.Page(status: 200, contentType: "text/plain; version=0.0.4", body: ByteBuffer(string: metrics))
    }

    /// Closes the windows, makes everything durable and stops: the last call, after the loops have handed in their last pages.
    package func close() async throws { try await ask { $0.close() } }

    private func ask<Answer: Sendable>(_ question: @escaping @Sendable (RecordClerk) throws -> Answer) async throws -> Answer {
        let clerk = clerk
        return try await eventLoop.submit { try question(clerk.value) }.get()
    }
}

/// The last text of the metrics, which any loop may show. A class, because the clerk writes it and the loops read it.
final class MetricsBoard: Sendable {
    let text = Mutex("")
}
