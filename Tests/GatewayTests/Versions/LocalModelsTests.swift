import Foundation
import GatehouseCore
import Gateway
import Logging
import NIOCore
import NIOPosix
import Serving
import Synchronization
import Testing

@Suite("Versions that a gateway runs itself")
struct LocalModelsTests {
    private static func text(_ file: String) throws -> String {
        try String(contentsOfFile: NativeCaller.fixturePath(file), encoding: .utf8)
    }

    /// Loads the files of a native version and asks until it answers something else than 503, at most 20 s.
    private static func load(_ files: [String: String]) async throws -> NativeCaller.Answer {
        let registry = ModelStoreTests.Registry(files)
        let version = try StoreFixture.version(of: registry.state.withLock(\.listed))
        let root = FileManager.default.temporaryDirectory.appending(path: "models-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let models = LocalModels(
            store: try ModelStore(root: root, source: registry.source), loops: [loop], environment: [:],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await models.run() }
            guard case .process(let upstream) = models.upstream(for: version, of: "credit-risk") else {
                throw GatehouseError(.internalFailure, "no native upstream")
            }
            let body = #"{"dataframe_records":[{"income":1,"debt_ratio":0.5,"utilisation":-0.25,"late_payments":3}]}"#
            var answer: LocalAnswer
            repeat {
                try await Task.sleep(for: .milliseconds(20))
                let promise = loop.makePromise(of: LocalAnswer.self)
                let request = LocalRequest(
                    method: ByteBuffer(string: "POST"), target: ByteBuffer(string: "/invocations"), contentType: nil,
                    body: ByteBuffer(string: body), deadline: .now() + .seconds(20))
                loop.execute { upstream.answer(request, on: loop) { promise.succeed($0) } }
                answer = try await promise.futureResult.get()
            } while answer.status == 503 && String(buffer: answer.body).contains("being loaded")
            #expect(models.isReady(version, of: "credit-risk") == (answer.status == 200))
            await models.keepOnly([])
            group.cancelAll()
            return NativeCaller.Answer(
                status: answer.status, text: String(buffer: answer.body), contentType: answer.contentType)
        }
    }

    @Test("a pinned native version is fetched, tried and answers")
    func native() async throws {
        let answer = try await Self.load(["model.txt": try Self.text("lightgbm_binary.txt")])
        #expect(answer.status == 200)
    }

    @Test("a version whose golden requests are answered otherwise does not answer at all")
    func golden() async throws {
        let model = try Self.text("lightgbm_binary.txt")
        let answer = try await Self.load(["model.txt": model])
        let prediction = try #require(answer.numbers.first)
        func files(_ prediction: Double) -> [String: String] {
            let body = #"{"dataframe_records":[{"income":1,"debt_ratio":0.5,"utilisation":-0.25,"late_payments":3}]}"#
            return [
                "model.txt": model, "MLmodel": "flavors:\n  lightgbm:\n    data: model.txt\n",
                "golden_requests.json": #"{"requests":[{"body":\#(body),"predictions":[\#(prediction)]}]}"#,
            ]
        }
        #expect(try await Self.load(files(prediction)).status == 200)
        let refused = try await Self.load(files(prediction + 1e-6))
        #expect(refused.status == 503)
        #expect(refused.text.contains("Prediction 1 of golden request 1"))
    }

    @Test("a file that is no native model says so in the 503")
    func notNative() async throws {
        let refused = try await Self.load(["model.pkl": "\u{80}x"])
        #expect(refused.status == 503)
        #expect(refused.text.contains("Python object"))
    }
}
