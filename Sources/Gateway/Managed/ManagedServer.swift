import GatehouseCore
import Glibc
import Logging
import NIOCore
import NIOPosix
import Scoring
import Synchronization

/// `mlflow models serve` of one version under an address of its own on the loopback. A class because its runner and those who
/// ask for its state share it.
final class ManagedServer: Sendable {
    static let stopPollMilliseconds: Int64 = 50
    static let healthPollMilliseconds: Int64 = 250
    static let healthDeadlineMilliseconds: Int64 = 2_000
    /// Importing a model's libraries takes a while, and more on a busy machine.
    static let startSecondsMax: Int64 = 300

    private struct State {
        var isReady = false
        var hasBeenReady = false
        var isStopped = false
    }

    let address: UpstreamAddress
    private let command: [String]
    private let environment: [String: String]
    private let state = Mutex(State())

    /// Nil when no port is free.
    init?(command: [String] = ModelServerProcess.mlflow, environment: [String: String]) {
        guard let port = Self.freePort(), let address = try? UpstreamAddress(parsing: "mlflow+http://127.0.0.1:\(port)") else {
            return nil
        }
        self.address = address
        self.command = command
        self.environment = environment
    }

    var isReady: Bool { state.withLock(\.isReady) }

    /// Whether the last start came as far as an answer: a server that then ends is started again at once.
    var hasBeenReady: Bool { state.withLock(\.hasBeenReady) }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Starts the server and returns when it was stopped. Fails with `unavailable` when it ends by itself or does not answer
    /// in time.
    func runOnce(folder: String, logger: Logger) async throws {
        guard !state.withLock(\.isStopped) else { return }
        state.withLock { $0.hasBeenReady = false }
        defer { state.withLock { $0.isReady = false } }
        let process = ModelServerProcess(command: command, path: folder, port: address.port, environment: environment)
        try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                .ended(try await process.run { line in logger.debug("\(line)", metadata: ["from": "model server"]) })
            }
            group.addTask {
                while !self.state.withLock(\.isStopped) { try await Task.sleep(for: .milliseconds(Self.stopPollMilliseconds)) }
                return .stopped
            }
            group.addTask { try await self.awaitReady(logger) }
            while let ending = try await group.next() {
                switch ending {
                case .ready: continue
                case .stopped: group.cancelAll()
                case .ended(let how):
                    guard state.withLock(\.isStopped) || Task.isCancelled else {
                        group.cancelAll()
                        throw GatehouseError(
                            .unavailable, "The model server \(how).", hint: "Its output is in the gateway's log.")
                    }
                    group.cancelAll()
                }
            }
        }
    }

    private enum Ending: Sendable {
        case ready
        case stopped
        case ended(String)
    }

    private func awaitReady(_ logger: Logger) async throws -> Ending {
        let deadline = NIODeadline.now() + .seconds(Self.startSecondsMax)
        while NIODeadline.now() < deadline {
            try await Task.sleep(for: .milliseconds(Self.healthPollMilliseconds))
            guard await isAnswering() else { continue }
            state.withLock {
                $0.isReady = true
                $0.hasBeenReady = true
            }
            logger.info("Serves a managed model", metadata: ["port": "\(address.port)"])
            return .ready
        }
        throw GatehouseError(.unavailable, "The model server did not answer /ping within \(Self.startSecondsMax) s.")
    }

    /// Asks `/ping` as a client would.
    private func isAnswering() async -> Bool {
        let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.milliseconds(Self.healthDeadlineMilliseconds))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        guard let channel else { return false }
        let timeout = channel.channel.eventLoop.scheduleTask(in: .milliseconds(Self.healthDeadlineMilliseconds)) {
            channel.channel.close(promise: nil)
        }
        defer { timeout.cancel() }
        let answer = try? await channel.executeThenClose { inbound, outbound in
            try await outbound.write(
                ByteBuffer(string: "GET /ping HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"))
            for try await piece in inbound { return String(buffer: piece) }
            return ""
        }
        return answer?.hasPrefix("HTTP/1.1 200") == true || answer?.hasPrefix("HTTP/1.0 200") == true
    }

    /// A port of the loopback that nobody listens on. Somebody else may take it before the server does; it then ends and is
    /// started again.
    private static func freePort() -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        return isBound ? Int(UInt16(bigEndian: place.sin_port)) : nil
    }
}
