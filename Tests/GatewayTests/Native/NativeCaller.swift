import Foundation
import GatehouseCore
import Gateway
import NIOCore
import NIOPosix
import Scoring
import Testing

/// Asks a native model on an event loop, as the proxy does.
struct NativeCaller {
    let upstream: NativeUpstream
    let loop: any EventLoop

    init(_ model: NativeModel?, isNamed: Bool = true, knowsLoop: Bool = true) {
        loop = MultiThreadedEventLoopGroup.singleton.next()
        upstream = NativeUpstream(name: "credit-risk", version: 7, loops: knowsLoop ? [loop] : [])
        if let model { upstream.becomeReady(LoadedModel(model, isNamed: isNamed)) }
    }

    struct Answer {
        let status: Int
        let text: String
        let contentType: String
        var json: JSONValue? { try? JSONParser.parse(text) }

        /// Predictions of either protocol, one behind the other.
        var numbers: [Double] {
            let list = json?["predictions"]?.arrayValue ?? json?["outputs"]?.arrayValue?.first?["data"]?.arrayValue ?? []
            return list.flatMap { $0.arrayValue ?? [$0] }.compactMap(\.doubleValue)
        }
    }

    func ask(
        _ target: String, _ body: String = "", method: String = "POST", type: String? = "application/json"
    ) async throws -> Answer {
        let request = LocalRequest(
            method: ByteBuffer(string: method), target: ByteBuffer(string: target),
            contentType: type.map { ByteBuffer(string: $0) }, body: ByteBuffer(string: body), deadline: .now() + .seconds(60))
        let promise = loop.makePromise(of: LocalAnswer.self)
        loop.execute { upstream.answer(request, on: loop) { promise.succeed($0) } }
        let answer = try await promise.futureResult.get()
        return Answer(status: answer.status, text: String(buffer: answer.body), contentType: answer.contentType)
    }

    func invoke(_ body: String) async throws -> Answer { try await ask("/invocations", body) }

    /// A model trained by the real library; kept with the tests of the readers.
    static func fixture(_ file: String) throws -> NativeModel { try ModelFile.load(path: fixturePath(file)) }

    static func fixturePath(_ file: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../ScoringTests/Fixtures/\(file)")
            .standardized.path(percentEncoded: false)
    }

    static func document(_ file: String) throws -> JSONValue {
        try JSONParser.parse([UInt8](try Data(contentsOf: URL(filePath: fixturePath(file)))))
    }
}
