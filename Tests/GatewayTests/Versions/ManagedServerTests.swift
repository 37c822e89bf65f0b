import Foundation
import GatehouseCore
import Gateway
import Glibc
import Logging
import NIOCore
import NIOPosix
import Serving
import Synchronization
import Testing

@Suite("Model servers that a gateway starts")
struct ManagedServerTests {
    /// Stands in for `mlflow`: answers every GET with 200, notes its own and a helper's process id, ends when asked for /crash.
    private static let server = """
        #!/bin/sh
        exec python3 - "$@" <<'END'
        import http.server, os, subprocess, sys
        helper = subprocess.Popen(["sleep", "600"])
        with open(os.environ["TMPDIR"] + "/pids", "a") as pids: pids.write(f"{os.getpid()} {helper.pid}\\n")
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/crash": os._exit(3)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[-1])), Handler).serve_forever()
        END
        """

    private static let isPythonHere = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

    private static func isRunning(_ pid: Int32) -> Bool {
        // A process that has ended and waits to be reaped does not run.
        let state = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.split(separator: ")").last
        return state.map { !$0.hasPrefix(" Z") } ?? false
    }

    private static func pids(_ folder: String) -> [Int32] {
        let text = (try? String(contentsOfFile: "\(folder)/pids", encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }

    private static func wait(_ what: String, until condition: () async -> Bool) async throws {
        for _ in 0..<600 {
            if await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("waited 30 s for: \(what)")
    }

    @Test("are started on a port of their own, restarted when they end, and leave no process behind", .enabled(if: isPythonHere))
    func life() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "managed-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.server.write(toFile: "\(folder)/mlflow", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/mlflow")
        let registry = ModelStoreTests.Registry(["MLmodel": "flavors: {}"])
        let version = try StoreFixture.version(of: registry.state.withLock(\.listed), upstream: .managed)
        let models = LocalModels(
            store: try ModelStore(root: "\(folder)/models", source: registry.source),
            loops: [MultiThreadedEventLoopGroup.singleton.next()],
            environment: ["PATH": "\(folder):/usr/bin:/bin", "TMPDIR": folder],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        guard case .address(let address) = models.upstream(for: version, of: "m") else {
            throw GatehouseError(.internalFailure, "no address")
        }
        #expect(!models.isReady(version, of: "m"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await models.run() }
            try await Self.wait("the first start") { models.isReady(version, of: "m") }
            let first = Self.pids(folder)
            #expect(first.count == 2)
            let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: address.port).get()
            try await client.writeAndFlush(ByteBuffer(string: "GET /crash HTTP/1.0\r\n\r\n"))
            try await client.closeFuture.get()
            try await Self.wait("the second start") { Self.pids(folder).count == 4 && models.isReady(version, of: "m") }
            #expect(!first.contains(where: Self.isRunning))
            await models.keepOnly([])
            try await Self.wait("the end") { !Self.pids(folder).contains(where: Self.isRunning) }
            #expect(!models.isReady(version, of: "m"))
            group.cancelAll()
        }
    }
}
